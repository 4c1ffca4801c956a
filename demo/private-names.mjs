// AWS's own host names on loopback, over TLS: for the tests, and for measuring over a slow network.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a certificate for host names, by an authority of its own; gives the file of that, and what a server needs.
 * @param {string} directory @param {readonly string[]} names
 */
export function makeCertificate(directory, names) {
  /** @param {string} name */
  const at = (name) => join(directory, name);
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

/** @param {readonly string[]} args */
function openssl(...args) {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0] ?? ''} failed: ${stderr}`);
}

/**
 * What starts a program in a mount namespace of its own, where host names are these addresses; for root, on Linux.
 * @param {string} directory @param {Readonly<Record<string, readonly string[]>>} addresses
 */
export function withHostNames(directory, addresses) {
  const file = join(directory, 'hosts');
  const lines = Object.entries(addresses).flatMap(([address, names]) =>
    names.map((name) => `${address} ${name}`),
  );
  writeFileSync(file, ['127.0.0.1 localhost', ...lines, ''].join('\n'));
  return withMount(file, '/etc/hosts');
}

/**
 * What starts a program in a mount namespace of its own, where a file or directory lies over another.
 * @param {string} source @param {string} target
 */
export function withMount(source, target) {
  // Not a shell: it would drop the variables of the inputs, as their names have dashes.
  const script = 'system("mount", "--bind", shift, shift) == 0 or die; exec @ARGV or die';
  return ['unshare', '--mount', 'perl', '-e', script, source, target];
}
