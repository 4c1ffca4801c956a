"use strict";
exports.id = 343;
exports.ids = [343];
exports.modules = {

/***/ 3343:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   profileNames: () => (/* binding */ profileNames)
/* harmony export */ });
/* harmony import */ var _smithy_core_config__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6522);

/** The names of the profiles in the shared AWS config files; none where there are no such files. */
async function profileNames() {
    const { configFile, credentialsFile } = await (0,_smithy_core_config__WEBPACK_IMPORTED_MODULE_0__/* .loadSharedConfigFiles */ .p)();
    const sections = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
    // These sections belong to profiles, and are none.
    return [...sections].filter((name) => !/^(?:sso-session|services)\./.test(name));
}


/***/ })

};
;