import type { Log } from './log';
import { hasOutputFile, mask, setOutput } from './runner';
import { type RegistryLogin, earliestExpiry } from './registry-login';

/** Masks what a token gives away: itself and the password in it, each as a whole. `AWS` is no secret. */
export function maskToken(token: { readonly password: string; readonly token: string }): void {
  mask(token.password);
  mask(token.token);
}

/**
 * Gives the outputs of the step; the first login, in the user's order, gives those without a registry's name.
 * Where outputs are printed to the log, the secret ones are given only to those who want them unmasked.
 */
export function giveOutputs(
  logins: readonly RegistryLogin[],
  configDirectory: string,
  { maskPassword, env }: { readonly maskPassword: boolean; readonly env: NodeJS.ProcessEnv },
  log: Log,
): void {
  const [first] = logins;
  if (first === undefined) return;
  setOutput('registry', first.host);
  setOutput('username', first.authorization.username);
  setOutput('registries', JSON.stringify(logins.map(summary)));
  setOutput('expires-at', earliestExpiry(logins).toISOString());
  setOutput('docker-config-directory', configDirectory);
  for (const { host, authorization } of logins) {
    setOutput(`docker_username_${inName(host)}`, authorization.username);
  }
  if (maskPassword && !hasOutputFile(env)) {
    log.notice(
      'This runner prints outputs to the log, so password and token stay unset; mask-password: false gives them',
    );
    return;
  }
  setOutput('password', first.authorization.password);
  setOutput('token', first.authorization.token);
  for (const { host, authorization } of logins) {
    setOutput(`docker_password_${inName(host)}`, authorization.password);
  }
}

function inName(host: string): string {
  return host.replaceAll(/[^a-zA-Z0-9_]+/g, '_');
}

function summary({
  host,
  accountId,
  request,
  authorization,
}: RegistryLogin): Readonly<Record<string, string | undefined>> {
  return {
    registry: host,
    region: request.region,
    accountId,
    credentialId: request.credentialId,
    expiresAt: authorization.expiresAt.toISOString(),
  };
}
