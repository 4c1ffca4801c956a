import { childEnvironment, run } from './docker/client';
import { messageOf } from './errors';
import type { Log } from './log';
import { addSummary, isDebug } from './runner';
import { type RegistryLogin, inMinutes } from './registry-login';

/** Says that requests to a service go elsewhere than to AWS, if they do; warns if others can read them there. */
export function reportOverride(
  service: 'ECR' | 'ECR Public' | 'STS',
  override: string | undefined,
  log: Log,
): void {
  if (override === undefined) return;
  log.info(`${service} is asked at ${override}, as configured, in place of AWS`);
  const { protocol, hostname } = new URL(override);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    log.warning(
      `The ${service} endpoint ${override} is plain http: whoever is in between can read the token`,
    );
  }
}

/** Says at debug level what the step depends on. */
export async function reportSurroundings(configFile: string, log: Log): Promise<void> {
  if (!isDebug()) return;
  log.debug(`Node ${process.version} on ${process.platform} ${process.arch}`);
  log.debug(`Docker config: ${configFile}`);
  log.debug(`Proxies: ${proxies(process.env)}`);
  const command = {
    tool: 'docker',
    args: ['--version'],
    env: childEnvironment(process.env),
    timeoutMs: 5_000,
  };
  const version = await run(command).then(({ stdout, stderr }) => stdout || stderr, messageOf);
  log.debug(version.trim());
}

// A proxy's URL can hold a user and a password.
function proxies(env: NodeJS.ProcessEnv): string {
  const found = Object.entries(env).filter(
    ([name, value]) => /^(?:https?|no)_proxy$/i.test(name) && value !== '',
  );
  const shown = found.map(([name, value]) => `${name}=${(value ?? '').replaceAll(/\/\/[^@/]*@/g, '//***@')}`);
  return shown.length === 0 ? 'none' : shown.join(', ');
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** Puts a table of the logins into the job summary; nothing secret is in it. */
export function summarize(logins: readonly RegistryLogin[], log: Log): void {
  const rows = logins.map(({ host, accountId, request, authorization }) => [
    `\`${host}\``,
    request.region,
    accountId ?? '',
    request.credentialId,
    inMinutes(authorization.expiresAt),
  ]);
  const head = ['Registry', 'Region', 'Account', 'Credential', 'Signed in until'];
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  if (!addSummary(`### Amazon ECR login\n\n${table}\n`))
    log.notice('summary is true, but this runner has no job summary');
}

/** Says which registries were signed in to, where the login is, and for how long. */
export function reportSignedIn(
  logins: readonly RegistryLogin[],
  files: readonly string[],
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
  log.info(`The login is in ${files.join(' and ')} ${end}`);
}
