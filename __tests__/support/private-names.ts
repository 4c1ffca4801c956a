import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why private host names cannot be had here; undefined where they can. In CI that is an error. */
export function whyNoPrivateNames(): string | undefined {
  const missing = ['unshare', 'mount', 'perl', 'openssl', 'docker'].filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  );
  const why =
    missing.length > 0
      ? `missing: ${missing.join(', ')}`
      : process.getuid?.() !== 0
        ? 'port 443 and a mount namespace need root'
        : spawnSync('unshare', ['--mount', 'true']).status !== 0
          ? 'unshare is not allowed here'
          : undefined;
  if (why !== undefined && process.env['CI'] !== undefined)
    throw new Error(`The tests need host names of their own: ${why}`);
  return why;
}

/** Makes a certificate for host names, by an authority of its own; gives the files, and what a server needs. */
export function makeCertificate(directory: string, names: readonly string[]) {
  const at = (name: string) => join(directory, name);
  writeFileSync(at('san.txt'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=test CA',
    '-days',
    '2',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  );
  openssl('req', ...key, '-subj', '/CN=test', '-keyout', at('server.key'), '-out', at('server.csr'));
  const issuer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2'];
  openssl(
    'x509',
    '-req',
    '-in',
    at('server.csr'),
    ...issuer,
    '-extfile',
    at('san.txt'),
    '-out',
    at('server.pem'),
  );
  return {
    authority: at('ca.pem'),
    tls: { key: readFileSync(at('server.key'), 'utf8'), cert: readFileSync(at('server.pem'), 'utf8') },
  };
}

function openssl(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0] ?? ''} failed: ${stderr}`);
}

/** What starts a program in a mount namespace of its own, where host names are these addresses. */
export function withHostNames(
  directory: string,
  addresses: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const file = join(directory, 'hosts');
  const lines = Object.entries(addresses).flatMap(([address, names]) =>
    names.map((name) => `${address} ${name}`),
  );
  writeFileSync(file, ['127.0.0.1 localhost', ...lines, ''].join('\n'));
  return withMount(file, '/etc/hosts');
}

/** What starts a program in a mount namespace of its own, where a file or directory lies over another. */
export function withMount(source: string, target: string): readonly string[] {
  // Not a shell: it would drop the variables of the inputs, as their names have dashes.
  const script = 'system("mount", "--bind", shift, shift) == 0 or die; exec @ARGV or die';
  return ['unshare', '--mount', 'perl', '-e', script, source, target];
}
