import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { externalDataInterceptor, getHomeDir } from '@smithy/core/config';

/**
 * Tells the SDK which of the shared AWS config files are not there. It would look for itself in threads that
 * Node starts for it, which takes 2 ms, and most runners have none of these files.
 */
export function noteAbsentFiles(env: NodeJS.ProcessEnv): void {
  for (const [variable, name] of [
    ['AWS_CONFIG_FILE', 'config'],
    ['AWS_SHARED_CREDENTIALS_FILE', 'credentials'],
  ] as const) {
    const given = env[variable] ?? '';
    const file = given === '' ? join(getHomeDir(), '.aws', name) : given;
    if (!existsSync(file)) externalDataInterceptor.interceptFile(file, '');
  }
}
