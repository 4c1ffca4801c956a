import { describe, expect, test } from 'vitest';
import { memberText, parseConfig, slotText } from '../../src/docker/document';

describe('what docker would read otherwise than it stands there is refused', () => {
  test.each([
    ['[]', 'it holds no object but an array'],
    ['"text"', 'it holds no object but a string'],
    ['true', 'it holds no object but true, false or null'],
    ['{"auths": []}', 'its auths is an array, not an object'],
    ['{"credsStore": {}}', 'its credsStore is an object, not a string'],
    ['{"credHelpers": "pass"}', 'its credHelpers is a string, not an object'],
    ['{"credHelpers": {"h": 1}}', 'credHelpers["h"] is no string'],
    ['{"auths": {"h": "x"}}', 'auths["h"] is a string, not an object'],
    [
      '{"auths": {}, "Auths": {}}',
      'it holds auths twice ("auths" and "Auths"), and docker would mix the two',
    ],
    ['{"auths": {}, "auth\u017f": {}}', 'it holds auths twice'],
    ['{"credsStore": "a", "credsstore": "b"}', 'it holds credsStore twice'],
    ['{"auths": {"h": {}, "h": {}}}', 'its auths holds "h" twice'],
    ['{"auths": {"h": {"auth": "%%%%"}}}', 'the auth of "h" is not base64 of user:password'],
    ['{"auths": {"h": {"auth": "eDp5eg"}}}', 'the auth of "h"'],
    ['{"auths": {"h": {"auth": "eHl6"}}}', 'the auth of "h"'],
    ['{"auths": {"h": {"Auth": 1}}}', 'the auth of "h"'],
  ])('%s', (text, message) => {
    expect(() => parseConfig(text)).toThrow(message);
  });
});

test.each([
  '',
  ' \n\t',
  'null',
  '{}',
  '{"auths": null, "credHelpers": null, "credsStore": null}',
  '{"auths": {"h": null, "i": {}, "j": {"auth": ""}, "k": {"auth": "eDp5"}, "l": {"identitytoken": "t"}}}',
  '{"auths": {"h": {"auth": "eDp5\\n"}}}',
])('%s is a config', (text) => {
  expect(parseConfig(text).text).toBe(text);
});

test('keys are found without regard to case, hosts with', () => {
  const config = parseConfig('{"AUTHS": {"H": {}}, "httpheaders": {"a" : "b"}}');
  expect(slotText(config, 'auths', 'H')).toBe('{}');
  expect(slotText(config, 'auths', 'h')).toBeUndefined();
  expect(memberText(config, 'HttpHeaders')).toBe('{"a" : "b"}');
});
