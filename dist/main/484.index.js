"use strict";
exports.id = 484;
exports.ids = [484];
exports.modules = {

/***/ 1484:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readStore: () => (/* binding */ readStore)
/* harmony export */ });
/* harmony import */ var yaml__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7229);
/* harmony import */ var _errors__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9629);
/* harmony import */ var _reference__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(2569);
/* harmony import */ var _runner__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8198);
/* harmony import */ var _keys__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4301);
/* harmony import */ var _source__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(475);






/**
 * Reads `credential-store`, a YAML or JSON map from credential ids to their sources, and masks every secret in
 * it before it says anything. Throws a LoginError with line and column, which quotes nothing, where it is
 * malformed; then every long word is masked, since what is secret in it cannot be told.
 */
function readStore(text, offer) {
    const entries = readEntries(text);
    for (const fields of entries.values())
        (0,_keys__WEBPACK_IMPORTED_MODULE_1__/* .maskSecrets */ .QU)(fields);
    return new Map([...entries].map(([id, fields]) => {
        if (fields.size === 0)
            throw new _errors__WEBPACK_IMPORTED_MODULE_2__/* .LoginError */ .Qd(`Credential ${id} in credential-store is empty: give keys, a profile or a role`);
        return [id, (0,_source__WEBPACK_IMPORTED_MODULE_3__/* .readSource */ .o$)(fields, (field) => `${field} of credential ${id}`, offer)];
    }));
}
function readEntries(text) {
    const lines = new yaml__WEBPACK_IMPORTED_MODULE_0__/* .LineCounter */ .HN();
    try {
        // With the failsafe schema every value stays the string that it is: 012345678901 and 1e5 too.
        const document = (0,yaml__WEBPACK_IMPORTED_MODULE_0__/* .parseDocument */ .Tp)(text, { schema: 'failsafe', prettyErrors: false, lineCounter: lines });
        const [error] = document.errors;
        if (error !== undefined)
            throw new Malformed(error.code.toLowerCase().replaceAll('_', ' '), error.pos[0]);
        refuseReferences(document.contents);
        return readMap(document.contents, 'a credential id', isId, (entry) => readMap(entry, `one of the fields ${_source__WEBPACK_IMPORTED_MODULE_3__/* .FIELDS */ .cJ.join(', ')}`, isField, readText));
    }
    catch (error) {
        maskWords(text);
        const { message, offset } = error instanceof Malformed ? error : new Malformed('it is no YAML', 0);
        const { line, col } = lines.linePos(offset);
        // The parser's own message quotes what it found, which can be a secret: not even the cause holds it.
        throw new _errors__WEBPACK_IMPORTED_MODULE_2__/* .LoginError */ .Qd(`The credential-store cannot be read at line ${line}, column ${col}: ${message}; write each value as \${{ toJSON(secrets.NAME) }}, or keep the whole store in one secret`);
    }
}
// A secret key, a token and most else that must not be seen is at least as long; a field's name says nothing.
function maskWords(text) {
    const words = text.split(/[\s"',:{}[\]]+/).filter((word) => word.length >= 16 && !isField(word));
    for (const word of new Set(words))
        (0,_runner__WEBPACK_IMPORTED_MODULE_4__/* .mask */ .dK)(word);
}
function isId(text) {
    return (0,_reference__WEBPACK_IMPORTED_MODULE_5__/* .isCredentialId */ .xS)(text);
}
function isField(text) {
    return _source__WEBPACK_IMPORTED_MODULE_3__/* .FIELDS */ .cJ.some((field) => field === text);
}
/** What is wrong with a store, in words that hold nothing of it, and where: characters from its beginning. */
class Malformed extends Error {
    offset;
    constructor(why, offset) {
        super(why);
        this.offset = offset;
    }
}
function malformed(why, node) {
    return new Malformed(why, node?.range[0] ?? 0);
}
// Each of these makes one text stand for another, so that a reader would not see what is in a store.
function refuseReferences(contents) {
    (0,yaml__WEBPACK_IMPORTED_MODULE_0__/* .visit */ .YR)(contents, {
        Node: (_key, node) => {
            const offset = node.range?.[0] ?? 0;
            if ((0,yaml__WEBPACK_IMPORTED_MODULE_0__/* .isAlias */ .Vj)(node))
                throw new Malformed('aliases (*) are not supported', offset);
            if (node.anchor !== undefined)
                throw new Malformed('anchors (&) are not supported', offset);
            if (node.tag !== undefined)
                throw new Malformed('tags (!) are not supported', offset);
        },
    });
}
function readMap(node, expected, isKey, readValue) {
    if (!(0,yaml__WEBPACK_IMPORTED_MODULE_0__/* .isMap */ .jh)(node))
        throw malformed(`a map belongs here, and each of its keys is ${expected}`, node);
    return new Map(node.items.map(({ key, value }) => {
        const name = readText(key);
        if (!isKey(name))
            throw malformed(`this key is not ${expected}`, key);
        if (value === null)
            throw malformed('a value is missing', key);
        return [name, readValue(value)];
    }));
}
function readText(node) {
    if ((0,yaml__WEBPACK_IMPORTED_MODULE_0__/* .isScalar */ .jn)(node) && typeof node.value === 'string')
        return node.value;
    throw malformed('a plain text belongs here', node);
}


/***/ })

};
;