// Stands in for @actions/http-client in the bundle. @actions/core imports it for its OIDC client, which this
// action does not use, and it would load undici, a fifth of the start-up time, into every run.
export const HttpClient = undefined;
export const BearerCredentialHandler = undefined;
