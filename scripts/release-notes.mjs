// Prints what the changelog says of a version, and fails where it says nothing: node release-notes.mjs 1.2.3
import { readFileSync } from 'node:fs';

const [version = ''] = process.argv.slice(2);
const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m);
const section = sections.find((text) => text.startsWith(`[${version}]`));
const notes = section?.split('\n').slice(1).join('\n').trim() ?? '';
if (version === '' || notes === '') {
  console.error(`CHANGELOG.md says nothing of [${version}]`);
  process.exit(1);
}
console.log(notes);
