import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors';
import type { Log } from '../log';
import { type ConfigLocation, readBytes } from './config';
import { type JsonNode, parseJson } from './json';
import { ledgerPath } from './ledger-file';
import { removeMember } from './splice';
import { type CleanMode, type OldLogin, findRemovals, hostOf } from './stale';
import { replaceFile } from './write';

/** A file beside the Docker config that logins can be in. */
export interface OtherFile {
  readonly path: string;
  /** `flat`: the hosts stand at the top, as in docker's old ~/.dockercfg; else under `auths`. */
  readonly layout: 'flat' | 'auths';
  /** True where podman, skopeo and buildah look here before they look into the Docker config. */
  readonly shadows: boolean;
}

/**
 * The files beside those we write that clients read: podman's (containers-auth.json(5)) and ~/.dockercfg.
 * Podman reads its own auth.json only while DOCKER_CONFIG is not set.
 */
export function findOtherFiles(
  env: NodeJS.ProcessEnv,
  home: string,
  locations: readonly ConfigLocation[],
): readonly OtherFile[] {
  const readsOwn = given(env, 'DOCKER_CONFIG') === undefined;
  const registryAuthFile = given(env, 'REGISTRY_AUTH_FILE');
  const files: readonly OtherFile[] = [
    ...(registryAuthFile === undefined
      ? []
      : [{ path: registryAuthFile, layout: 'auths', shadows: true } as const]),
    ...podmanFiles(env, home).map((path) => ({ path, layout: 'auths', shadows: readsOwn }) as const),
    { path: join(home, '.dockercfg'), layout: 'flat', shadows: false },
  ];
  const taken = locations.map(({ file }) => realPathOf(file));
  return files.filter(({ path }) => !taken.includes(realPathOf(path)));
}

/** The podman family's own files, in the order in which it looks into them. */
export function podmanFiles(env: NodeJS.ProcessEnv, home: string): readonly string[] {
  const session = given(env, 'XDG_RUNTIME_DIR');
  const runtime =
    session === undefined
      ? `/run/containers/${String(process.getuid?.() ?? 0)}`
      : join(session, 'containers');
  const config = given(env, 'XDG_CONFIG_HOME') ?? join(home, '.config');
  return [join(runtime, 'auth.json'), join(config, 'containers', 'auth.json')];
}

function given(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** The logins in such a file; none where there is no file, or one that cannot be understood, with a warning. */
export function readOtherFile(file: OtherFile, log: Log): readonly OldLogin[] {
  const found = open(file, log);
  return (
    found?.logins.map(({ key, value }) => ({ key, entry: found.text.slice(value.start, value.end) })) ?? []
  );
}

/** Takes old logins out of such a file, one line in the log for each. A file that cannot be understood stays as it is. */
export function cleanOtherFile(
  file: OtherFile,
  mode: CleanMode,
  hosts: readonly string[],
  now: Date,
  log: Log,
): void {
  const removals = removalsFrom(file, mode, hosts, now, log);
  // Another job of ours has put logins there, and puts back what it found.
  if (removals.length > 0 && existsSync(ledgerPath(realPathOf(file.path)))) {
    log.info(`${file.path} is left as it is: a job that signs in podman uses it`);
    return;
  }
  for (const { key, reason } of removals) {
    const found = open(file, log);
    const login = found?.logins.find((one) => one.key === key);
    if (found === undefined || login === undefined) continue;
    replaceFile(realpathSync(file.path), removeMember(found.text, found.parent, login), found.stats);
    log.info(`Removed the login for ${key} from ${file.path}: ${reason}`);
  }
}

function removalsFrom(file: OtherFile, mode: CleanMode, hosts: readonly string[], now: Date, log: Log) {
  const logins = readOtherFile(file, log);
  const removals = findRemovals(mode, logins, hosts, now);
  if (mode === 'none') return [];
  const isOurs = (key: string): boolean =>
    hosts.includes(hostOf(key)) && !removals.some((one) => one.key === key);
  const why = file.shadows
    ? 'podman would take it for ours'
    : 'a client that reads this old file would take it for ours';
  const shadowing = logins.filter(({ key }) => isOurs(key)).map(({ key }) => ({ key, reason: why }));
  return file.shadows || file.layout === 'flat' ? [...removals, ...shadowing] : removals;
}

function open(file: OtherFile, log: Log) {
  try {
    const read = readBytes(file.path, file.path);
    if (read === undefined) return undefined;
    const text = read.bytes.toString('utf8');
    const root = parseJson(text);
    const parent = file.layout === 'flat' ? root : authsOf(root);
    return {
      text,
      stats: read.stats,
      parent,
      logins: parent.members.filter(({ value }) => value.type === 'object'),
    };
  } catch (error) {
    log.warning(`${file.path} cannot be understood, and is left as it is: ${messageOf(error)}`);
    return undefined;
  }
}

function authsOf(root: JsonNode): JsonNode {
  return root.members.find(({ key }) => key === 'auths')?.value ?? { ...root, members: [] };
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
