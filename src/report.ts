import type { Log } from './log';
import type { RegistryLogin } from './tokens';

/** Says what the reader could not guess before anything happens: that requests go elsewhere than to AWS. */
export function reportEndpoint(override: string | undefined, log: Log): void {
  if (override === undefined) return;
  log.info(`ECR is asked at ${override}, as configured, in place of AWS`);
  const { protocol, hostname } = new URL(override);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    log.warning(`The ECR endpoint ${override} is plain http: whoever is in between can read the token`);
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** Says which registries were signed in to, where the login is, and for how long. */
export function reportSignedIn(
  logins: readonly RegistryLogin[],
  configFile: string,
  logout: boolean,
  log: Log,
): void {
  for (const { host, accountId, authorization } of logins) {
    log.info(`Signed in to ${host}`);
    const principal = authorization.accountId;
    // ECR lets every principal sign in anywhere; what it may do there shows at the first pull or push.
    if (accountId !== undefined && principal !== undefined && accountId !== principal) {
      log.info(
        `Signed in as account ${principal}; the registry belongs to ${accountId}: a repository policy there must allow ${principal}`,
      );
    }
  }
  const end = logout ? 'until the end of the job' : 'and stays there, as logout is false';
  log.info(`The login is in ${configFile} ${end}`);
}
