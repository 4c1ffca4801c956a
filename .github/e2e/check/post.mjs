// Comes after the post of the action under test, which has signed out by now.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const push = fileURLToPath(new URL('../push.mjs', import.meta.url));
const args = [push, process.env['INPUT_REGISTRY'] ?? '', 'refused', process.env['INPUT_TOOL'] ?? ''];
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
