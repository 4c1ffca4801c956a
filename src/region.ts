import { loadConfig } from '@smithy/core/config';
import type { Log } from './log';

const PLUGIN_DEFAULT = 'us-east-1';

/**
 * The region of references that name none: the one given (`aws-region` or the environment's), else that of
 * the AWS profile, else us-east-1, as the Jenkins plugin has it, with a warning. The function that comes back
 * gives it, and so warns, only where it is used.
 */
export async function findDefaultRegion(given: string | undefined, log: Log): Promise<() => string> {
  const region = given ?? (await profileRegion());
  let warned = false;
  return () => {
    if (region === '' && !warned) {
      warned = true;
      log.warning(`No region is given, so ${PLUGIN_DEFAULT} is used: write ecr:REGION:ID, or set aws-region`);
    }
    return region === '' ? PLUGIN_DEFAULT : region;
  };
}

function profileRegion(): Promise<string> {
  return loadConfig({
    environmentVariableSelector: () => undefined,
    configFileSelector: (profile) => profile['region'],
    default: '',
  })();
}
