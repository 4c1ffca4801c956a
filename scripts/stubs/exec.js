// Stands in for @actions/exec in the bundle, and loads it when the first program is started. @actions/core
// imports it too, for what it can tell of the platform, and so it would be in every run, the post step's included.
const load = () => import('../../node_modules/@actions/exec/lib/exec.js');

/** @param {Parameters<typeof import('@actions/exec').exec>} args */
export const exec = async (...args) => (await load()).exec(...args);
/** @param {Parameters<typeof import('@actions/exec').getExecOutput>} args */
export const getExecOutput = async (...args) => (await load()).getExecOutput(...args);
