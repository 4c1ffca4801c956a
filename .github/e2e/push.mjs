// Pushes the smallest image there is with the login that is there, and fails where the registry does not do as
// expected: node push.mjs HOST accepted|refused skopeo|crane
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [host = '', expected = '', tool = ''] = process.argv.slice(2);
const layout = mkdtempSync(join(tmpdir(), 'image-'));
mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });

/** @param {string} mediaType @param {object} content */
function blob(mediaType, content) {
  const text = JSON.stringify(content);
  const hash = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(layout, 'blobs', 'sha256', hash), text);
  return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(text) };
}

const rootfs = { type: 'layers', diff_ids: [] };
const config = blob('application/vnd.oci.image.config.v1+json', {
  architecture: 'amd64',
  os: 'linux',
  rootfs,
});
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const manifest = blob(manifestType, { schemaVersion: 2, mediaType: manifestType, config, layers: [] });
writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');

const args =
  tool === 'crane'
    ? ['push', layout, `${host}/app:1`]
    : ['copy', '--dest-tls-verify=false', '--insecure-policy', `oci:${layout}`, `docker://${host}/app:1`];
const { status, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
const found = status === 0 ? 'accepted' : 'refused';
console.log(`The push was ${found}, and was to be ${expected}`);
if (found !== expected || (found === 'refused' && !/unauthorized|authentication required/i.test(stderr))) {
  console.error(stderr);
  process.exitCode = 1;
}
