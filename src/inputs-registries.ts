import { LoginError } from './errors';
import { lines, oneOf } from './inputs-read';
import { type ReferenceLine, parseReferenceLines } from './reference';
import { type Registry, parseRegistry } from './registry';
import { input, log } from './runner';

const DEFAULT = 'ecr:default';

/**
 * Reads what to sign in with and where to. `registries` and `registry-type` are as in
 * `aws-actions/amazon-ecr-login`: the first joins `registry`, and counts for nothing with ECR Public. Throws a
 * LoginError for what does not go together.
 */
export function readRegistries(): {
  readonly references: readonly ReferenceLine[];
  readonly registries: readonly Registry[];
} {
  const isPublic = oneOf('registry-type', ['private', 'public']) === 'public';
  const given = parseReferenceLines(input('credential') ?? DEFAULT);
  const registries = [...lines('registry'), ...(isPublic ? [] : lines('registries'))];
  return {
    references: isPublic ? given.map(toPublic) : given,
    registries: registries.map((text) => parseRegistry(text, log.notice)),
  };
}

// A runner hands over the default like any other value, so that one reference means "as registry-type says".
function toPublic(line: ReferenceLine): ReferenceLine {
  const { reference } = line;
  if (reference.flavour === 'public') return line;
  const text = `ecr-public:${reference.id}`;
  if (reference.text !== DEFAULT) {
    throw new LoginError(
      `registry-type: public and the credential ${reference.text} do not go together, as that one is for private registries: write ${text}`,
    );
  }
  return { ...line, reference: { ...reference, flavour: 'public', text } };
}
