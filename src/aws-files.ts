import { join } from 'node:path';

const VARIABLES = { config: 'AWS_CONFIG_FILE', credentials: 'AWS_SHARED_CREDENTIALS_FILE' } as const;

/** Where the AWS CLI and SDKs have their shared config file, or the one with credentials. */
export function awsFile(name: keyof typeof VARIABLES, env: NodeJS.ProcessEnv, home: string): string {
  const given = env[VARIABLES[name]] ?? '';
  return given === '' ? join(home, '.aws', name) : given;
}
