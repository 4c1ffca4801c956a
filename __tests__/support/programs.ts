import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Whether a program is there. In CI one that is missing is an error: there a test does not just go away. */
export function hasProgram(name: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  if (!found && process.env['CI'] !== undefined)
    throw new Error(`The tests need ${name}, which is not installed`);
  return found;
}

/** How a program ended, and what it printed. */
export function run(tool: string, args: readonly string[], env: Record<string, string>) {
  const path = process.env['PATH'] ?? '';
  const { status, stdout, stderr } = spawnSync(tool, args, { env: { PATH: path, ...env }, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** Starts Debian's docker-registry with one user, on a free port of loopback; it is stopped when the test ends. */
export async function startRealRegistry(directory: string, user: string, password: string): Promise<string> {
  const host = `127.0.0.1:${String(await freePort())}`;
  const users = run('htpasswd', ['-Bbn', user, password], {});
  writeFileSync(join(directory, 'htpasswd'), users.output);
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(directory, 'registry') } },
    http: { addr: host },
    auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } },
    log: { level: 'error' },
  };
  const file = join(directory, 'registry.yml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', file], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  for (let tries = 0; tries < 100; tries += 1) {
    const answers = await fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
    if (answers) return host;
    await sleep(50);
  }
  throw new Error('docker-registry does not answer');
}

/** A port of loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/** Writes the smallest image there is, as an OCI layout, and gives its directory. */
export function writeImage(directory: string): string {
  const layout = join(directory, 'image');
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  const config = blob(layout, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const manifest = blob(layout, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [],
  });
  const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return layout;
}

function blob(layout: string, content: object): { digest: string; size: number } {
  const text = JSON.stringify(content);
  const hash = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(layout, 'blobs', 'sha256', hash), text);
  return { digest: `sha256:${hash}`, size: Buffer.byteLength(text) };
}

/** A directory for the PATH in which `name` notes its arguments and its environment, then is what it is. */
export function writeShim(
  directory: string,
  name: string,
): { readonly path: string; readonly notes: string } {
  const [path, notes] = [join(directory, 'shims'), join(directory, `${name}.notes`)];
  const real = run('sh', ['-c', `command -v ${name}`], {}).output.trim();
  mkdirSync(path, { recursive: true });
  const script = `#!/bin/sh\n{ echo "argv: $*"; env; } >> '${notes}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(path, name), script);
  chmodSync(join(path, name), 0o755);
  return { path: `${path}:${process.env['PATH'] ?? ''}`, notes };
}

/** A directory for the PATH with a program in it that is a shell script, and before all else. */
export function writeScript(directory: string, name: string, script: string): string {
  const path = join(directory, 'scripts');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, name), 0o755);
  return `${path}:${process.env['PATH'] ?? ''}`;
}

/** Whether a process runs: it is not gone, nor a zombie that nobody has asked about, which has no command line. */
export function isRunning(pid: string): boolean {
  const commandLine = `/proc/${pid}/cmdline`;
  return existsSync(commandLine) && readFileSync(commandLine, 'utf8') !== '';
}

/** A certificate for a host name that nobody has signed but itself; its text is its own authority's, too. */
export function makeCertificate(name: string): { readonly key: string; readonly cert: string } {
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const args = ['req', '-x509', ...curve, '-nodes', '-days', '1', '-keyout', '-', '-out', '-', ...subject];
  const { stdout } = spawnSync('openssl', args, { encoding: 'utf8' });
  const [key = '', cert = ''] = stdout.split(/(?=-----BEGIN CERTIFICATE)/);
  return { key, cert };
}
