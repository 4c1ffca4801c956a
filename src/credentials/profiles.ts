import { loadSharedConfigFiles } from '@smithy/core/config';

/** The names of the profiles in the shared AWS config files; none where there are no such files. */
export async function profileNames(): Promise<readonly string[]> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const sections = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  // These sections belong to profiles, and are none.
  return [...sections].filter((name) => !/^(?:sso-session|services)\./.test(name));
}
