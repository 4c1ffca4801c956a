import { describe, expect, test } from 'vitest';
import type { Fault } from '../../demo/server.mjs';
import { requestOidcToken } from '../../src/credentials/oidc';
import { testNetwork } from '../support/network';
import { startOidc } from './stand-in';

async function ask(fault?: () => Fault | undefined) {
  const server = await startOidc(fault);
  const offer = { url: server.env.ACTIONS_ID_TOKEN_REQUEST_URL, requestToken: server.requestToken };
  return { server, offer, token: requestOidcToken(offer, 'an audience&more', testNetwork()) };
}

test('the token is for the audience that was asked', async () => {
  const { server, token } = await ask();
  expect(await token).toBe(server.tokens[0]);
  expect(server.requests[0]?.url).toBe('/token?api-version=2.0&audience=an%20audience%26more');
});

describe('without one, the error says why', () => {
  test.each<[string, Fault, string]>([
    ['refused', { status: 403 }, 'its service answered 403; has the job the permission id-token: write'],
    ['out of order', { status: 503 }, 'its service answered 503; that passes: run the job again'],
    ['no value', { body: '{"count": 1}' }, 'the answer of its service has no value in it'],
    ['an empty value', { body: '{"value": ""}' }, 'the answer of its service has no value in it'],
    ['no JSON', { body: '<eyJsecret' }, 'the answer of its service has no value in it'],
    ['null', { body: 'null' }, 'the answer of its service has no value in it'],
    [
      'a broken connection',
      { reset: 'before-headers' },
      'ECONNRESET; does this runner reach its own service?',
    ],
    ['a broken answer', { reset: 'after-headers' }, 'ECONNRESET; does this runner reach its own service?'],
  ])('%s', async (_name, fault, message) => {
    const { token, offer } = await ask(() => fault);
    const error: unknown = await token.catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('The runner gave no OIDC token for the audience an audience&more: ');
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('eyJsecret');
    expect(String(error)).not.toContain(offer.requestToken);
  });
});
