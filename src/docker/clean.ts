import { statSync } from 'node:fs';
import type { Log } from '../log';
import type { ConfigLocation } from './config';
import type { ConfigDocument } from './document';
import { cleanOtherFile, findOtherFiles, readOtherFile } from './other-files';
import { type CleanMode, findRemovals, hostOf } from './stale';
import { askStore, credsStore, listStore, writeStore } from './stores';

/** What surrounds a Docker config: the environment, and the home of the user. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
}

/**
 * Takes old logins out of what lies beside the files that we write: ~/.dockercfg, podman's files, and the native
 * store. Each removal is told with its reason; what cannot be removed is told too.
 */
export async function cleanBeside(
  mode: CleanMode,
  locations: readonly ConfigLocation[],
  document: ConfigDocument,
  hosts: readonly string[],
  { env, home }: Surroundings,
  log: Log,
): Promise<void> {
  if (mode === 'none') return;
  if (mode === 'all')
    log.warning(
      'clean-docker-config is all: every login on this machine for this user goes, those of other jobs included',
    );
  const now = new Date();
  for (const file of findOtherFiles(env, home, locations)) cleanOtherFile(file, mode, hosts, now, log);
  const helper = credsStore(document);
  if (helper !== undefined) await cleanStore(helper, mode, hosts, now, log);
}

async function cleanStore(
  helper: string,
  mode: CleanMode,
  hosts: readonly string[],
  now: Date,
  log: Log,
): Promise<void> {
  const keys = await listStore(helper);
  const logins = await Promise.all(
    keys.map(async (key) => ({ key, entry: await storeEntry(helper, key, mode) })),
  );
  for (const { key, reason } of findRemovals(mode, logins, hosts, now)) {
    if (hosts.includes(key)) continue;
    const why = await writeStore(helper, key, null);
    if (why === undefined)
      log.info(`Removed the login for ${key} from docker-credential-${helper}: ${reason}`);
    else log.warning(`The login for ${key} stays in docker-credential-${helper} (${reason}): ${why}`);
  }
}

// Only whether it has expired needs the secret itself.
async function storeEntry(helper: string, key: string, mode: CleanMode): Promise<string> {
  const answer = mode === 'stale' ? await askStore(helper, key) : { value: null };
  if ('failed' in answer || answer.value === null) return '{}';
  const { Username, Secret } = JSON.parse(answer.value) as { Username: string; Secret: string };
  return JSON.stringify({ auth: Buffer.from(`${Username}:${Secret}`).toString('base64') });
}

/** Warns of what would have a client use another login than ours, or show ours to others. */
export function warnOfSurprises(
  { docker, locations }: { readonly docker: boolean; readonly locations: readonly ConfigLocation[] },
  hosts: readonly string[],
  { env, home }: Surroundings,
  log: Log,
): void {
  for (const { file } of locations.filter(isPublic))
    log.warning(`Everybody on this machine can read ${file}, and so the login: run chmod 600 on it`);
  if (!docker) return;
  for (const host of hosts.filter((one) => isInDockerAuthConfig(env['DOCKER_AUTH_CONFIG'], one))) {
    log.warning(
      `DOCKER_AUTH_CONFIG holds a login for ${host}, and docker takes that before ours from version 28.3 on: take it out`,
    );
  }
  // A file that podman reads and that we write comes before all others that it looks into.
  if (locations.length > 1) return;
  for (const file of findOtherFiles(env, home, locations).filter(({ shadows }) => shadows)) {
    const shadowed = readOtherFile(file, log).filter(({ key }) => hosts.includes(hostOf(key)));
    for (const { key } of shadowed) {
      log.warning(
        `podman, skopeo and buildah take the login for ${key} in ${file.path} before ours: clean-docker-config: stale removes it`,
      );
    }
  }
}

function isPublic({ file }: ConfigLocation): boolean {
  return (
    process.platform !== 'win32' && ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0
  );
}

function isInDockerAuthConfig(text: string | undefined, host: string): boolean {
  try {
    const { auths } = JSON.parse(text ?? '') as { auths?: object };
    return auths !== undefined && Object.keys(auths).some((key) => hostOf(key) === host);
  } catch {
    return false;
  }
}
