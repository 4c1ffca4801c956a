import { describe, expect, test } from 'vitest';
import { isRegion, parseReference, parseReferenceLines, suggestRegion } from '../src/reference';

describe('a good reference', () => {
  test.each([
    ['ecr:eu-west-1:prod', 'private', 'eu-west-1', 'prod'],
    ['ecr:us-east-1:default', 'private', 'us-east-1', 'default'],
    ['ecr:us-gov-east-1:a', 'private', 'us-gov-east-1', 'a'],
    ['ecr:eusc-de-east-1:prod', 'private', 'eusc-de-east-1', 'prod'],
    ['ecr:us-isof-south-1:prod', 'private', 'us-isof-south-1', 'prod'],
    // A region that is not open yet.
    ['ecr:xx-new-12:prod', 'private', 'xx-new-12', 'prod'],
    ['ecr:prod', 'private', undefined, 'prod'],
    // An id may have the form of a region: whether it is a slip shows only when it is looked up.
    ['ecr:team-backend-2', 'private', undefined, 'team-backend-2'],
    ['ecr:us-east-1', 'private', undefined, 'us-east-1'],
    [
      'ecr:eu-west-1:3f2504e0-4f89-11d3-9a0c-0305e82c3301',
      'private',
      'eu-west-1',
      '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    ],
    ['ecr:eu-west-1:Team.A_b-2', 'private', 'eu-west-1', 'Team.A_b-2'],
    ['ecr:eu-west-1:constructor', 'private', 'eu-west-1', 'constructor'],
    ['ecr-public:prod', 'public', undefined, 'prod'],
  ])('%s', (text, flavour, region, id) => {
    expect(parseReference(text)).toEqual({ text, flavour, region, id });
  });
});

describe('a malformed reference says what is wrong, and what was meant', () => {
  test.each([
    ['us-east-1:prod', 'did you mean ecr:us-east-1:prod?'],
    ['US_EAST_1:prod', 'did you mean ecr:us-east-1:prod?'],
    ['prod', 'did you mean ecr:prod?'],
    ['ECR:us-east-1:prod', 'did you mean ecr:us-east-1:prod?'],
    ['ecr_public:prod', 'did you mean ecr-public:prod?'],
    ['"ecr:us-east-1:prod"', 'it has quotes in it; did you mean ecr:us-east-1:prod?'],
    ['ecr:us-east-1a:prod', '"us-east-1a" is no AWS region; did you mean ecr:us-east-1:prod?'],
    ['ecr:us-east1:prod', 'did you mean ecr:us-east-1:prod?'],
    ['ecr:EU-West-1:prod', 'did you mean ecr:eu-west-1:prod?'],
    ['ecr:ireland:prod', '"ireland" is no AWS region (they look like eu-west-1); write ecr:REGION:ID'],
    ['ecr:prod:us-east-1', 'swapped; did you mean ecr:us-east-1:prod?'],
    ['ecr::prod', 'its region is empty; did you mean ecr:prod?'],
    ['ecr:us-east-1:', 'its credential id is empty; did you mean ecr:us-east-1:default?'],
    ['ecr:', 'its credential id is empty; did you mean ecr:default?'],
    ['ecr-public:', 'its credential id is empty; did you mean ecr-public:default?'],
    ['ecr-public:us-east-1:prod', 'ECR Public has no region; did you mean ecr-public:prod?'],
    ['ecr:us-east-1:a:b', 'more than three parts'],
    ['ecr:us-east-1:pröd', 'a credential id begins with a letter or a digit'],
    ['ecr:us-east-1:-prod', 'a credential id begins with a letter or a digit'],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      'that is a registry, which belongs in the input registry',
    ],
    ['https://123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'that is a registry'],
    ['gcr:eu-west-1:prod', 'it does not begin with ecr: or ecr-public:; write ecr:REGION:ID'],
  ])('%s', (text, message) => {
    expect(() => parseReference(text)).toThrow(message);
    expect(() => parseReference(text)).toThrow(`The credential reference "${text}" cannot be read`);
  });
});

describe('the lines of the input', () => {
  test('line breaks and commas separate references; registries stand behind theirs', () => {
    const lines = parseReferenceLines(
      'ecr:eu-west-1:prod 123456789012  210987654321\n\n ecr:dev ,ecr-public:x',
    );
    expect(lines.map(({ reference, registries }) => [reference.text, ...registries])).toEqual([
      ['ecr:eu-west-1:prod', '123456789012', '210987654321'],
      ['ecr:dev'],
      ['ecr-public:x'],
    ]);
  });

  test.each(['', '  \n ', ',,'])('an input without a reference: %j', (text) => {
    expect(() => parseReferenceLines(text)).toThrow('The input credential is empty');
  });

  test('spaces inside a reference', () => {
    expect(() => parseReferenceLines('ecr: eu-west-1: prod')).toThrow('did you mean ecr:eu-west-1:prod?');
  });
});

describe('regions', () => {
  test.each([
    'us-east-1',
    'ap-southeast-7',
    'us-gov-west-1',
    'us-iso-east-1',
    'eu-isoe-west-1',
    'mx-central-1',
  ])('%s has the form of a region', (region) => {
    expect(isRegion(region)).toBe(true);
  });
  test.each(['', 'us', 'us-east', 'us-east-1a', 'US-EAST-1', 'us east 1', 'us-east-1.evil.com', 'a-1'])(
    '%j has not',
    (region) => {
      expect(isRegion(region)).toBe(false);
    },
  );
  test.each([
    ['us_east_1', 'us-east-1'],
    ['us-east1', 'us-east-1'],
    ['us-east-1b', 'us-east-1'],
    [' EU-WEST-2 ', 'eu-west-2'],
    ['nowhere', undefined],
    ['us-east-1', undefined],
  ])('%j suggests %s', (text, region) => {
    expect(suggestRegion(text)).toBe(region);
  });
});
