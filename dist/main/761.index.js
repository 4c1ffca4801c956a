"use strict";
exports.id = 761;
exports.ids = [761];
exports.modules = {

/***/ 5761:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ecrFailure: () => (/* binding */ ecrFailure),
/* harmony export */   w: () => (/* binding */ remedyFor)
/* harmony export */ });
/* unused harmony export REMEDIES */
/* harmony import */ var _errors__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9629);

const ALLOW = 'attach to this principal the statement {"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}';
const SESSION_ENDED = 'the session of this key has ended: get fresh keys in an earlier step of the same job';
const NOT_A_PAIR = 'the secret key is not the one of this key id: store both again, as a pair';
const UNTRUSTED = 'its certificate is signed by nobody that Node trusts: where that is a proxy or an authority of your own, set NODE_EXTRA_CA_CERTS (or AWS_CA_BUNDLE) to the file of its certificate';
const UNREACHABLE = 'this machine does not reach the endpoint: does it need a proxy, or another network?';
/** What to do about an error, by the name that AWS or Node gives it. The README's troubleshooting lists each. */
const REMEDIES = {
    AccessDeniedException: ALLOW,
    ExpiredTokenException: SESSION_ENDED,
    ExpiredToken: SESSION_ENDED,
    UnrecognizedClientException: 'AWS does not know this key here: it was deleted, belongs to another partition, lacks its session token, or the region is not enabled for the account',
    InvalidClientTokenId: 'AWS does not know this key id: it was deleted, or belongs to another partition',
    InvalidSignatureException: NOT_A_PAIR,
    SignatureDoesNotMatch: NOT_A_PAIR,
    MissingAuthenticationTokenException: 'the request carried no signature: is something between here and AWS?',
    OptInRequired: 'the region is not enabled for this account: enable it in the account settings',
    ThrottlingException: 'too many sign-ins at once for this account and region: raise timeout-seconds',
    ENOTFOUND: 'no such host: is the region spelt right and open to this account, and does DNS work here?',
    EAI_AGAIN: 'DNS does not answer: does this machine reach its name server?',
    ECONNREFUSED: 'nothing listens there: is the endpoint or the proxy right?',
    ECONNRESET: 'the connection was cut: is something between here and the endpoint that does not let it through?',
    ENETUNREACH: UNREACHABLE,
    ETIMEDOUT: UNREACHABLE,
    TimeoutError: 'no answer in time: does this machine reach the endpoint, and does it need a proxy?',
    SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
    DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
    CERT_HAS_EXPIRED: 'its certificate has expired: is the clock of this machine right?',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host: is something between here and AWS?',
};
/** What AWS's own words tell beyond the name of an error. */
const TOLD = [
    [
        /service control policy/i,
        'a service control policy of the organization denies it: its administrator has to allow it',
    ],
    [
        /permissions boundary/i,
        'the permissions boundary of this principal does not allow it: add ecr:GetAuthorizationToken there too',
    ],
    [
        /session policy/i,
        'a session policy does not allow it: add ecr:GetAuthorizationToken to inline-session-policy or managed-session-policies',
    ],
    [
        /Signature (?:expired|not yet current)/i,
        'the clock of this machine is wrong: set it, with NTP for instance',
    ],
];
const ALLOW_PUBLIC = 'attach to this principal the statement {"Effect":"Allow","Action":["ecr-public:GetAuthorizationToken","sts:GetServiceBearerToken"],"Resource":"*"}: ECR Public needs both';
/** The error that a failed GetAuthorizationToken becomes: what was asked, of whom, what came back, what to do. */
function ecrFailure(error, request, identity) {
    const name = (0,_errors__WEBPACK_IMPORTED_MODULE_0__/* .codeOf */ .$N)(error) ?? (error instanceof Error ? error.name : 'Error');
    const isPublic = request.flavour === 'public';
    const remedy = isPublic && name === 'AccessDeniedException' ? ALLOW_PUBLIC : remedyFor(name, error);
    const asked = `${isPublic ? 'ECR Public' : 'ECR'} in ${request.region} gave no token to credential ${identity.id} (${identity.origin})`;
    // An answer of AWS is all in the line above, and may quote secrets; what never got an answer has a story.
    const cause = error instanceof Error && '$metadata' in error ? {} : { cause: error };
    return new _errors__WEBPACK_IMPORTED_MODULE_0__/* .LoginError */ .Qd(`${asked}: ${name}: ${(0,_errors__WEBPACK_IMPORTED_MODULE_0__/* .safeMessage */ .N5)(error)}; ${remedy}`, cause);
}
/** What to do about an error, by the name that AWS or Node gives it. */
function remedyFor(name, error) {
    if (statusOf(error) === 407)
        return 'the proxy wants a user and a password: write http://USER:PASSWORD@HOST:PORT';
    const told = error === undefined ? undefined : TOLD.find(([words]) => words.test((0,_errors__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)));
    return told?.[1] ?? REMEDIES[name] ?? 'run again with debug logging to see every attempt';
}
// AWS never answers 407: that is a proxy on the way.
function statusOf(error) {
    const { $metadata } = (error ?? {});
    return $metadata?.httpStatusCode;
}


/***/ })

};
;