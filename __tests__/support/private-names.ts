import { spawnSync } from 'node:child_process';

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
