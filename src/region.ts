import { loadConfig } from '@smithy/core/config';
import type { Found } from './credentials/find';
import type { Log } from './log';

const PLUGIN_DEFAULT = 'us-east-1';

/**
 * The region of references that name none: the one given (`aws-region` or the environment's), else that of
 * the profile that is the credential, or of the machine's own, else us-east-1, as the Jenkins plugin has it,
 * with a warning. The function that comes back gives it for a credential id, and so warns, only where it is used.
 */
export async function findDefaultRegion(
  given: string | undefined,
  found: ReadonlyMap<string, Found>,
  log: Log,
): Promise<(credentialId: string) => string> {
  const regions = new Map<string, string>();
  if (given === undefined)
    for (const [id, { source }] of found)
      regions.set(id, await profileRegion(source.kind === 'profile' ? source.profile : undefined));
  let warned = false;
  return (credentialId) => {
    const region = given ?? regions.get(credentialId) ?? '';
    if (region === '' && !warned) {
      warned = true;
      log.warning(`No region is given, so ${PLUGIN_DEFAULT} is used: write ecr:REGION:ID, or set aws-region`);
    }
    return region === '' ? PLUGIN_DEFAULT : region;
  };
}

function profileRegion(profile: string | undefined): Promise<string> {
  return loadConfig(
    {
      environmentVariableSelector: () => undefined,
      configFileSelector: (section) => section['region'],
      default: '',
    },
    profile === undefined ? {} : { profile },
  )();
}
