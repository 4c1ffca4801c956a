"use strict";
exports.id = 906;
exports.ids = [906,343,761];
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


/***/ }),

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


/***/ }),

/***/ 5906:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  resolveSource: () => (/* binding */ resolveSource)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./errors.js
var errors = __webpack_require__(9629);
// EXTERNAL MODULE: ./runner.js + 9 modules
var runner = __webpack_require__(8198);
// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(4708);
// EXTERNAL MODULE: ./proxy.js
var proxy_0 = __webpack_require__(9628);
// EXTERNAL MODULE: ./retry.js + 2 modules
var retry = __webpack_require__(9368);
// EXTERNAL MODULE: ./passing.js
var passing = __webpack_require__(5547);
;// CONCATENATED MODULE: ./credentials/oidc.js







const ANSWER_MS = 10_000;
/** An answer of the runner's service that holds no token. */
class Refusal extends Error {
    status;
    retryAfter;
    constructor(status, retryAfter) {
        super(status === 200 ? 'an answer without a value in it' : `status ${status}`);
        this.status = status;
        this.retryAfter = retryAfter;
    }
}
/**
 * Asks the runner for an OIDC token that is meant for `audience`, and masks it. Throws a LoginError, which
 * holds nothing of the answer, where there is none to be had.
 */
async function requestOidcToken(offer, audience, { retries, proxy }) {
    (0,runner/* mask */.dK)(offer.requestToken);
    const url = `${offer.url}${offer.url.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`;
    try {
        return await retries.run("The runner's OIDC service", () => attempt(url, offer.requestToken, proxy), judge);
    }
    catch (error) {
        throw failure(error, audience);
    }
}
async function attempt(url, requestToken, proxy) {
    const { status, body, retryAfter } = await get(url, requestToken, (await (0,proxy_0/* agentFor */.Pf)(new URL(url).hostname, proxy)) ?? false);
    const token = status === 200 ? tokenIn(body) : undefined;
    if (token === undefined)
        throw new Refusal(status, retryAfter);
    (0,runner/* mask */.dK)(token);
    return token;
}
function judge(error) {
    if (!(error instanceof Refusal))
        return (0,passing/* judgeNetwork */.sY)(error);
    if (error.status === 200)
        return { passing: 'transient', why: error.message };
    return (0,passing/* judgeStatus */.Gh)(error.status, (0,retry/* retryAfterMs */.V)(error.retryAfter));
}
function failure(error, audience) {
    const asked = `The runner gave no OIDC token for the audience ${audience}`;
    if (!(error instanceof Refusal)) {
        const why = (0,errors/* codeOf */.$N)(error) ?? (0,errors/* messageOf */.bD)(error);
        return new errors/* LoginError */.Qd(`${asked}: ${why}; does this runner reach its own service? Run the job again`, {
            cause: error,
        });
    }
    if (error.status === 200)
        return new errors/* LoginError */.Qd(`${asked}: the answer of its service has no value in it; run the job again`);
    const remedy = (0,passing/* isPassingStatus */.Wj)(error.status)
        ? 'that passes: run the job again'
        : 'has the job the permission id-token: write, and may its audience be this one?';
    return new errors/* LoginError */.Qd(`${asked}: its service answered ${error.status}; ${remedy}`);
}
// Node's own client: @actions/core has one too, and with it loads undici.
function get(url, requestToken, agent) {
    return new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${requestToken}`, accept: 'application/json' };
        const client = url.startsWith('http:') ? external_node_http_ : external_node_https_;
        const request = client.get(url, { headers, agent }, (response) => {
            let body = '';
            response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
            response.on('error', reject).on('end', () => {
                resolve({ status: response.statusCode ?? 0, body, retryAfter: response.headers['retry-after'] });
            });
        });
        // Of the whole: the socket's own timeout begins again with every byte.
        const timer = setTimeout(() => {
            request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
        }, ANSWER_MS);
        request.on('error', reject).on('close', () => {
            clearTimeout(timer);
        });
    });
}
function tokenIn(body) {
    try {
        const { value } = JSON.parse(body);
        return typeof value === 'string' && value !== '' ? value : undefined;
    }
    catch {
        return undefined;
    }
}

// EXTERNAL MODULE: ./aws-http.js
var aws_http = __webpack_require__(4982);
// EXTERNAL MODULE: ./credentials/keys.js
var credentials_keys = __webpack_require__(4301);
// EXTERNAL MODULE: ./credentials/profiles.js
var profiles = __webpack_require__(3343);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/commands/AssumeRoleCommand.js
var AssumeRoleCommand = __webpack_require__(9523);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/commands/AssumeRoleWithWebIdentityCommand.js
var AssumeRoleWithWebIdentityCommand = __webpack_require__(7201);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/STSClient.js + 8 modules
var STSClient = __webpack_require__(970);
// EXTERNAL MODULE: ./ecr.js + 15 modules
var ecr = __webpack_require__(2894);
// EXTERNAL MODULE: ./report.js
var report = __webpack_require__(4956);
// EXTERNAL MODULE: ./aws-errors.js
var aws_errors = __webpack_require__(5761);
;// CONCATENATED MODULE: ./credentials/sts-errors.js


// The names are those of the STS API reference; the messages, where one name has several causes, are AWS's.
const HINTS = [
    {
        name: 'AccessDenied',
        message: /sts:AssumeRoleWithWebIdentity/,
        remedy: ({ token }) => `the role's trust policy must allow sts:AssumeRoleWithWebIdentity to the OIDC provider of this job's tokens, for this audience and subject${claims(token)}; repositories created since July 2026 have an immutable subject, repo:OWNER@ID/REPOSITORY@ID:…, which older trust policies do not match`,
    },
    {
        name: 'AccessDenied',
        remedy: "the role's trust policy must allow this principal (with the external id, if it asks for one), and a policy of the principal must allow sts:AssumeRole on the role",
    },
    {
        name: 'ExpiredToken',
        remedy: ({ token }) => token === undefined
            ? 'the session of the keys that the role is assumed with has ended: get fresh keys in an earlier step of the same job'
            : 'the web identity token has expired: they last minutes, so get it in the same job, right before',
    },
    {
        name: 'InvalidIdentityToken',
        remedy: ({ token }) => `the role's account needs an IAM identity provider for the issuer of this token, with its audience${claims(token)}`,
    },
    { name: 'IDPRejectedClaim', remedy: 'the identity provider has refused the token: get a new one' },
    {
        name: 'PackedPolicyTooLarge',
        remedy: 'inline-session-policy and managed-session-policies are too long together: shorten them',
    },
    {
        name: 'MalformedPolicyDocument',
        remedy: 'inline-session-policy is no valid IAM policy: try it in the policy editor of the IAM console',
    },
    {
        name: 'RegionDisabled',
        remedy: "STS is switched off in this region for the account: switch it on in the IAM console's settings",
    },
    {
        name: 'ValidationError',
        message: /role chaining/i,
        remedy: 'a role that is assumed with the keys of another role lasts an hour at most: set role-duration-seconds to 3600 or less',
    },
    {
        name: 'ValidationError',
        message: /MaxSessionDuration/,
        remedy: "lower role-duration-seconds, or raise the role's maximum session duration",
    },
    {
        name: 'InvalidClientTokenId',
        remedy: 'AWS does not know the key that the role is assumed with: it was deleted, belongs to another partition, or its session token is missing',
    },
    {
        name: 'SignatureDoesNotMatch',
        remedy: 'the secret key is not the one of this key id: store both again, as a pair',
    },
    { name: 'Throttling', remedy: 'too many requests to STS at once: run the job again' },
];
/** The error that a failed request to STS becomes: what was asked, of whom, what came back, what to do. */
function stsFailure(error, asked) {
    const name = (0,errors/* codeOf */.$N)(error) ?? (error instanceof Error ? error.name : 'Error');
    const message = withoutValues((0,errors/* safeMessage */.N5)(error));
    const short = name.replace(/Exception$/, '');
    const hint = HINTS.find((one) => one.name === short && (one.message?.test(message) ?? true));
    const remedy = hint === undefined ? (0,aws_errors/* remedyFor */.w)(name) : typeof hint.remedy === 'string' ? hint.remedy : hint.remedy(asked);
    const { operation, id, region, roleArn } = asked;
    const what = `STS in ${region} gave credential ${id} no keys of the role ${roleArn ?? 'unknown'} (${operation})`;
    // An answer of AWS is all in the line above, and may quote secrets; what never got an answer has a story.
    const cause = error instanceof Error && '$metadata' in error ? {} : { cause: error };
    return new errors/* LoginError */.Qd(`${what}: ${name}: ${message}; ${remedy}`, cause);
}
// "1 validation error detected: Value '…' at 'webIdentityToken' failed to satisfy constraint": a secret, quoted.
function withoutValues(message) {
    return message.replaceAll(/Value '.*?' at/gs, 'the value at');
}
// The claims of a token are no secret, as its signature is; they are what a trust policy is compared with.
function claims(token = '') {
    try {
        const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
        const { iss, aud, sub } = JSON.parse(payload);
        return ` (issuer ${String(iss)}, audience ${String(aud)}, subject ${String(sub)})`;
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: ./credentials/sts.js







/** Assumes a role with keys. The new keys are masked as they arrive. Throws a LoginError if STS refuses. */
async function assumeRole(keys, params, context) {
    return withClient(context, keys, async (client) => {
        try {
            return readKeys(await client.send(new AssumeRoleCommand/* AssumeRoleCommand */.Q(params), { abortSignal: context.retries.signal }));
        }
        catch (error) {
            throw stsFailure(error, { ...context, operation: 'AssumeRole', roleArn: params.RoleArn });
        }
    });
}
/**
 * Assumes a role with a token of an identity provider, by a request without a signature. Token and new keys
 * are masked. Throws a LoginError if STS refuses.
 */
async function assumeRoleWithWebIdentity(params, context) {
    const token = params.WebIdentityToken ?? '';
    (0,runner/* mask */.dK)(token);
    return withClient(context, undefined, async (client) => {
        try {
            return readKeys(await client.send(new AssumeRoleWithWebIdentityCommand/* AssumeRoleWithWebIdentityCommand */.W(params), {
                abortSignal: context.retries.signal,
            }));
        }
        catch (error) {
            const operation = 'AssumeRoleWithWebIdentity';
            throw stsFailure(error, { ...context, operation, roleArn: params.RoleArn, token });
        }
    });
}
async function withClient(context, keys, use) {
    const { region, log, retries } = context;
    const override = await (0,ecr/* findEndpointOverride */.Xk)('STS');
    (0,report/* reportOverride */.vw)('STS', override, log);
    const client = new STSClient/* STSClient */.i({
        region,
        maxAttempts: retries.maxAttempts,
        retryStrategy: retries.strategy(`STS in ${region}, credential ${context.id}`),
        requestHandler: new aws_http/* TracingHandler */.H(context),
        // The SDK refuses both flags together with a custom endpoint.
        ...(override === undefined ? {} : { useFipsEndpoint: false, useDualstackEndpoint: false }),
        ...(keys === undefined ? {} : { credentials: keys }),
    });
    // Judged where the attempts are made: an answer without keys is worth asking again for.
    client.middlewareStack.add((next) => async (args) => {
        const result = await next(args);
        const { output } = result;
        checkAnswer(output !== undefined && 'Credentials' in output ? output : {});
        return result;
    }, { step: 'deserialize', priority: 'high' });
    try {
        return await use(client);
    }
    finally {
        client.destroy();
    }
}
/** An answer of STS that is of no use; the SDK takes what is marked so as passing. */
class UnusableAnswer extends Error {
    name = 'UnusableAnswer';
    $retryable = {};
}
function checkAnswer({ Credentials: answered }) {
    const { AccessKeyId, SecretAccessKey, SessionToken } = answered ?? {};
    if (answered === undefined || [AccessKeyId, SecretAccessKey, SessionToken].includes(undefined))
        throw new UnusableAnswer('its answer holds no keys');
    return answered;
}
function readKeys(answer) {
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = checkAnswer(answer);
    // arn:aws:sts::123456789012:assumed-role/NAME/SESSION
    const accountId = answer.AssumedRoleUser?.Arn?.split(':')[4] ?? '';
    return (0,credentials_keys/* maskKeys */.h_)({
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...(accountId === '' ? {} : { accountId }),
    });
}

;// CONCATENATED MODULE: ./credentials/sdk-providers.js






/** The keys of a profile in the shared AWS config: whatever the SDK reads there. Throws a LoginError without. */
async function fromProfile(profile, context) {
    const { fromIni } = await __webpack_require__.e(/* import() */ 206).then(__webpack_require__.bind(__webpack_require__, 206));
    try {
        return (0,credentials_keys/* maskKeys */.h_)(await fromIni({ profile, ...options(context) })());
    }
    catch (error) {
        const known = (await (0,profiles.profileNames)()).join(', ');
        throw sdk_providers_failure(error, `Credential ${context.id} has no keys from the AWS profile ${profile}`, `the profiles of this machine are ${known === '' ? 'none' : known}`);
    }
}
/**
 * The machine's own keys, by the SDK's default chain; `roleArn` is the role that they are to assume, if it is
 * not they that sign in. Throws a LoginError where the machine has none.
 */
async function fromEnvironment(context, roleArn) {
    const { defaultProvider } = await __webpack_require__.e(/* import() */ 627).then(__webpack_require__.bind(__webpack_require__, 4627));
    try {
        return (0,credentials_keys/* maskKeys */.h_)(await defaultProvider(options(context))());
    }
    catch (error) {
        const profile = await unknownProfile();
        const remedy = profile ??
            (roleArn === undefined
                ? 'give aws-access-key-id and aws-secret-access-key, or role-to-assume'
                : `give the job the permission id-token: write, so that the runner offers it an OIDC token to assume the role ${roleArn} with (a pull request from a fork gets none)`);
        const what = `Credential ${context.id}: this machine has no AWS credentials of its own`;
        throw sdk_providers_failure(error, what, remedy);
    }
}
// Each STS call of a profile or of the chain is made as all others: traced, masked, its error explained.
function options(context) {
    return {
        roleAssumer: (keys, params) => assumeRole((0,credentials_keys/* maskKeys */.h_)(keys), params, context),
        roleAssumerWithWebIdentity: (params) => assumeRoleWithWebIdentity(params, context),
        clientConfig: {
            requestHandler: new aws_http/* TracingHandler */.H(context),
            retryStrategy: context.retries.strategy(`AWS for credential ${context.id}`),
        },
        logger: sdkLogger(context.log),
    };
}
// The SDK would write its warnings to the standard error, on many lines.
function sdkLogger(log) {
    const silent = () => undefined;
    return {
        debug: silent,
        info: silent,
        warn: (...content) => {
            log.warning(content.map(String).join(' ').replaceAll(/\s+/g, ' ').trim());
        },
        error: silent,
    };
}
async function unknownProfile() {
    const profile = process.env['AWS_PROFILE'] ?? '';
    if (profile === '')
        return undefined;
    const known = await (0,profiles.profileNames)();
    if (known.includes(profile))
        return undefined;
    return `AWS_PROFILE names the profile ${profile}, which is in no shared AWS config file (there are ${known.length === 0 ? 'none' : known.join(', ')}): correct it, or unset it`;
}
function sdk_providers_failure(error, what, remedy) {
    if (error instanceof errors/* LoginError */.Qd)
        return error;
    // JSON.parse quotes what it could not read: the keys that a container's endpoint gave.
    if (error instanceof SyntaxError)
        return new errors/* LoginError */.Qd(`${what}: its answer is no JSON; ${remedy}`);
    return new errors/* LoginError */.Qd(`${what}: ${(0,errors/* safeMessage */.N5)(error)}; ${remedy}`, { cause: error });
}

// EXTERNAL MODULE: ./credentials/source.js + 1 modules
var source = __webpack_require__(475);
;// CONCATENATED MODULE: ./credentials/resolve.js







/** Gets the keys of a source, each secret masked as it arrives. Throws a LoginError where they are not to be had. */
async function resolveSource(source, context) {
    switch (source.kind) {
        case 'keys':
            return source.keys;
        case 'profile':
            return fromProfile(source.profile, context);
        case 'environment':
            return fromEnvironment(context);
        case 'role':
            return resolveRole(source, context);
    }
}
async function resolveRole({ role, by }, context) {
    const params = {
        RoleArn: role.arn,
        RoleSessionName: role.sessionName,
        DurationSeconds: role.durationSeconds,
        ...(context.isLast ? sessionPolicies(role) : {}),
    };
    if ((0,source/* isWebIdentity */.JF)(by)) {
        const token = await webIdentityToken(by, role, context);
        return assumeRoleWithWebIdentity({ ...params, WebIdentityToken: token }, context);
    }
    const keys = await keysFor(by, role, context);
    return assumeRole(keys, { ...params, ExternalId: role.externalId }, context);
}
function sessionPolicies({ policy, policyArns }) {
    return {
        ...(policy === undefined ? {} : { Policy: policy }),
        ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
    };
}
function keysFor(by, role, context) {
    if (by.kind === 'credential')
        return context.credentialsOf(by.id);
    if (by.kind === 'keys')
        return Promise.resolve(by.keys);
    context.log.notice(`Credential ${context.id}: the runner offers no OIDC token (permissions: id-token: write), so the role ${role.arn} is assumed with the machine's own credentials`);
    return fromEnvironment(context, role.arn);
}
async function webIdentityToken(by, { audience, partition }, context) {
    if (by.kind === 'token')
        return by.token;
    if (by.kind === 'token-file')
        return readTokenFile(by.path, context.id);
    const china = partition === 'aws-cn' ? '.cn' : '';
    return requestOidcToken(by.offer, audience ?? `sts.amazonaws.com${china}`, context);
}
async function readTokenFile(path, id) {
    try {
        const token = (await (0,promises_.readFile)(path, 'utf8')).trim();
        (0,runner/* mask */.dK)(token);
        return token;
    }
    catch (error) {
        throw new errors/* LoginError */.Qd(`The web-identity-token-file of credential ${id}, ${path}, cannot be read (${(0,errors/* codeOf */.$N)(error) ?? 'unknown error'}): does this step see it, under that name?`, { cause: error });
    }
}


/***/ })

};
;