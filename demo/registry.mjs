// Stands in for a registry, as far as a login goes: /v2/ with Basic authentication, as ECR answers it.
import { startServer } from './server.mjs';

/**
 * Starts the stand-in. It takes the tokens that are in the list when it is asked, and what `accepts` takes.
 * @param {{ tokens?: import('./aws.mjs').Token[], accepts?: (username: string, password: string) => boolean } & import('./server.mjs').ServerOptions} options
 * @returns {Promise<import('./server.mjs').RunningServer>}
 */
export function startRegistry(options) {
  return startServer(options, ({ headers }) => {
    const authorization = headers['authorization'];
    const version = { 'docker-distribution-api-version': 'registry/2.0', 'content-type': 'application/json' };
    if (authorization === undefined) {
      const challenge = `Basic realm="https://${headers['host'] ?? ''}/",service="ecr.amazonaws.com"`;
      return {
        status: 401,
        headers: { ...version, 'www-authenticate': challenge },
        body: 'Not Authorized\n',
      };
    }
    const decoded = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
    const colon = decoded.indexOf(':');
    const [username, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)];
    if (options.accepts?.(username, password) === true) return { status: 200, headers: version, body: '{}' };
    const token = options.tokens?.find((one) => one.password === password);
    if (username !== 'AWS' || token === undefined)
      return { status: 400, headers: version, body: error('Bad Request') };
    if (token.expiresAt > Date.now()) return { status: 200, headers: version, body: '{}' };
    const expired = 'Your authorization token has expired. Reauthenticate and try again.';
    return { status: 403, headers: version, body: error(expired) };
  });
}

/** @param {string} message */
function error(message) {
  return JSON.stringify({ errors: [{ code: 'DENIED', message }] });
}
