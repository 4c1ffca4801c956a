import { mask, setOutput } from './runner';
import { type RegistryLogin, earliestExpiry } from './tokens';

/** Masks what a token gives away: itself and the password in it, each as a whole. `AWS` is no secret. */
export function maskToken(token: { readonly password: string; readonly token: string }): void {
  mask(token.password);
  mask(token.token);
}

/** Gives the outputs of the step; the first login, in the user's order, gives those without a registry's name. */
export function giveOutputs(logins: readonly RegistryLogin[], configDirectory: string): void {
  const [first] = logins;
  if (first === undefined) return;
  setOutput('registry', first.host);
  setOutput('username', first.authorization.username);
  setOutput('password', first.authorization.password);
  setOutput('token', first.authorization.token);
  setOutput('registries', JSON.stringify(logins.map(summary)));
  setOutput('expires-at', earliestExpiry(logins).toISOString());
  setOutput('docker-config-directory', configDirectory);
  for (const { host, authorization } of logins) {
    const name = host.replaceAll(/[^a-zA-Z0-9_]+/g, '_');
    setOutput(`docker_username_${name}`, authorization.username);
    setOutput(`docker_password_${name}`, authorization.password);
  }
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
