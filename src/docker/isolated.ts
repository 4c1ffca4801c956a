import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../log';
import { type ConfigLocation, configIn, readConfig } from './config';
import { type ConfigDocument, slots, slotText } from './document';
import { findOtherFiles, readOtherFile } from './other-files';
import { dropMember, setSlot } from './splice';
import { credsStore, listStore } from './stores';

const NAME = 'docker';

/** Whether this step is to make a private config: one is made once a job, and later steps find it in DOCKER_CONFIG. */
export function needsIsolated(dockerConfig: 'shared' | 'isolated', env: NodeJS.ProcessEnv): boolean {
  const directory = env['DOCKER_CONFIG'] ?? '';
  const isOurs =
    basename(directory) === NAME && /^ecr-login-[0-9a-f-]{36}$/.test(basename(dirname(directory)));
  return dockerConfig === 'isolated' && !(isOurs && existsSync(directory));
}

/**
 * Makes a private Docker config in a step's directory: the user's settings and logins, those that live in a
 * native store or in podman's own file included, and links to all else that is beside the user's config.
 */
export async function makeIsolated(
  user: ConfigLocation,
  workDirectory: string,
  hosts: readonly string[],
  surroundings: { readonly env: NodeJS.ProcessEnv; readonly home: string },
  log: Log,
): Promise<ConfigLocation> {
  const location = configIn(join(workDirectory, NAME));
  const { document } = readConfig(user);
  const complete = withPodmanLogins(await withoutStore(document), user, surroundings, log);
  const own = hosts.reduce((config, host) => setSlot(config, 'credHelpers', host, undefined), complete);
  mkdirSync(location.directory, { mode: 0o700 });
  linkAll(user.directory, location.directory);
  writeFileSync(location.file, own.text === '' ? '{}' : own.text, { mode: 0o600, flag: 'wx' });
  return location;
}

// A copy without credsStore sends no credentials for the logins that live in it: each gets its own line.
async function withoutStore(document: ConfigDocument): Promise<ConfigDocument> {
  const helper = credsStore(document);
  if (helper === undefined) return document;
  const inFile = slots(document, 'auths').map(({ key }) => key);
  const hosts = [...new Set([...(await listStore(helper)), ...inFile])];
  const open = hosts.filter((host) => slotText(document, 'credHelpers', host) === undefined);
  const direct = open.reduce(
    (config, host) => setSlot(config, 'credHelpers', host, JSON.stringify(helper)),
    document,
  );
  return dropMember(direct, 'credsStore');
}

// Podman, skopeo and buildah do not read their own file any more once DOCKER_CONFIG is set.
function withPodmanLogins(
  document: ConfigDocument,
  user: ConfigLocation,
  { env, home }: { readonly env: NodeJS.ProcessEnv; readonly home: string },
  log: Log,
): ConfigDocument {
  const files = findOtherFiles({ ...env, REGISTRY_AUTH_FILE: '' }, home, [user]).filter(
    ({ shadows }) => shadows,
  );
  const logins = files.flatMap((file) => readOtherFile(file, log));
  return logins.reduce(
    (config, { key, entry }) =>
      slotText(config, 'auths', key) === undefined ? setSlot(config, 'auths', key, entry) : config,
    document,
  );
}

function linkAll(from: string, to: string): void {
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name === 'config.json' || entry.name.startsWith('.config.json.ecr-login')) continue;
    link(join(from, entry.name), join(to, entry.name), entry.isDirectory());
  }
}

/** Makes a file or directory known under another path. Windows lets everybody make a junction to a directory, and few a link to a file. */
export function link(target: string, path: string, isDirectory: boolean, platform = process.platform): void {
  if (platform === 'win32' && !isDirectory) copyFileSync(target, path);
  else symlinkSync(target, path, isDirectory ? 'junction' : 'file');
}
