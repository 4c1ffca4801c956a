// A small GitHub-style runner: it starts an action's main and post as the real one does, and reads what they say.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} Result
 * @property {number | null} exitCode
 * @property {string} stdout as the action printed it, commands and all
 * @property {string} stderr
 * @property {string[]} log the lines that a person sees, masks applied
 * @property {string[]} masks
 * @property {Record<string, string>} outputs
 * @property {string} summary Markdown
 * @property {string[]} errors
 * @property {string[]} warnings
 * @property {number} ms
 */
/**
 * @typedef {object} Invocation
 * @property {Record<string, string>} [inputs] as under `with:`
 * @property {Record<string, string>} [env] the job's environment; nothing else but PATH is handed on
 * @property {boolean} [debug]
 * @property {string[]} [nodeOptions]
 * @property {string[]} [wrapper] what starts node, if it is to be another user or to see other mounts
 * @property {boolean} [withoutFiles] as an old runner: values go to the log as commands
 * @property {boolean} [worldWritableFiles] for a wrapper that makes it another user
 * @property {(child: import('node:child_process').ChildProcess) => void} [onStart]
 */

/** The inputs that action.yml declares, each with its default ('' where it has none), and the two entries. */
export function readAction(text = readFileSync(join(ROOT, 'action.yml'), 'utf8')) {
  /** @type {Record<string, string>} */
  const inputs = {};
  for (const [name, body] of members(section(text, 'inputs'))) inputs[name] = field(body, 4, 'default');
  const runs = section(text, 'runs');
  return {
    inputs,
    main: field(runs, 2, 'main'),
    post: field(runs, 2, 'post'),
  };
}

/** The variables that a runner hands inputs to an action in. @param {Record<string, string>} inputs */
export function inputVariables(inputs) {
  const named = Object.entries(inputs).map(
    ([name, value]) => /** @type {const} */ ([`INPUT_${name.toUpperCase()}`, value]),
  );
  return Object.fromEntries(named);
}

/** The variables that a runner hands to post what main has left in. @param {Record<string, string>} state */
export function stateVariables(state) {
  const named = Object.entries(state).map(([name, value]) => /** @type {const} */ ([`STATE_${name}`, value]));
  return Object.fromEntries(named);
}

/** @param {string} text @param {string} name */
function section(text, name) {
  return text.split(/^(?=\S)/m).find((part) => part.startsWith(`${name}:`)) ?? '';
}

/** @param {string} text @returns {[string, string][]} */
function members(text) {
  const parts = text.split(/^ {2}(?=\w)/m).slice(1);
  return parts.map((part) => [part.slice(0, part.indexOf(':')), part]);
}

/** @param {string} text @param {number} indent @param {string} name */
function field(text, indent, name) {
  const value = new RegExp(`^ {${String(indent)}}${name}: (.*)$`, 'm').exec(text);
  return unquote(value?.[1] ?? '');
}

/** @param {string} value */
function unquote(value) {
  return /^(['"]).*\1$/.test(value) ? value.slice(1, -1) : value;
}

/** A job: a temporary directory, an environment that its steps can add to, and the masks that its log has. */
export class Job {
  /** @param {string} [directory] */
  constructor(directory = mkdtempSync(join(tmpdir(), 'job-'))) {
    this.directory = directory;
    this.temp = join(directory, 'temp');
    this.files = join(directory, 'file-commands');
    /** @type {Record<string, string>} */
    this.env = {};
    /** @type {string[]} */
    this.masks = [];
    mkdirSync(this.temp, { recursive: true });
    mkdirSync(this.files, { recursive: true });
  }

  /** Empties the temporary directory, as a runner does when a job ends, and when the next one begins. */
  end() {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A step of this job, with the inputs that its `with:` gives. @param {Invocation} [invocation] */
  step(invocation = {}) {
    return new Step(this, invocation);
  }
}

let count = 0;

/** One use of the action in a job; its state goes from main to post. */
export class Step {
  /** @param {Job} job @param {Invocation} invocation */
  constructor(job, invocation) {
    this.job = job;
    this.invocation = invocation;
    /** @type {Record<string, string>} */
    this.state = {};
  }

  /** @param {Invocation} [more] */
  main(more) {
    return this.#run('main', more);
  }

  /** @param {Invocation} [more] */
  post(more) {
    return this.#run('post', more);
  }

  /** @param {'main' | 'post'} entry @param {Invocation} [more] @returns {Promise<Result>} */
  async #run(entry, more) {
    const { inputs, env, debug, nodeOptions, wrapper, worldWritableFiles, withoutFiles, onStart } = {
      ...this.invocation,
      ...more,
    };
    const action = readAction();
    const number = String((count += 1));
    /** @param {string} name */
    const file = (name) => join(this.job.files, `${name}_${number}`);
    const fileCommands = ['OUTPUT', 'STATE', 'ENV', 'PATH', 'STEP_SUMMARY'];
    const mode = worldWritableFiles === true ? 0o666 : 0o600;
    for (const name of fileCommands) {
      writeFileSync(file(name), '');
      chmodSync(file(name), mode);
    }
    const started = performance.now();
    const command = [...(wrapper ?? []), process.execPath, ...(nodeOptions ?? []), join(ROOT, action[entry])];
    const child = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        RUNNER_TEMP: this.job.temp,
        ...env,
        ...this.job.env,
        ...inputVariables({ ...action.inputs, ...inputs }),
        ...(entry === 'post' ? stateVariables(this.state) : {}),
        ...Object.fromEntries(
          withoutFiles === true ? [] : fileCommands.map((name) => [`GITHUB_${name}`, file(name)]),
        ),
        ...(debug === true ? { RUNNER_DEBUG: '1' } : {}),
      },
    });
    onStart?.(child);
    const [stdout, stderr, exitCode] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      ended(child),
    ]);
    const ms = performance.now() - started;
    Object.assign(
      this.state,
      parseFileCommand(readFileSync(file('STATE'), 'utf8')),
      readCommands(stdout, 'save-state'),
    );
    Object.assign(this.job.env, parseFileCommand(readFileSync(file('ENV'), 'utf8')));
    const outputs = {
      ...parseFileCommand(readFileSync(file('OUTPUT'), 'utf8')),
      ...readCommands(stdout, 'set-output'),
    };
    const summary = readFileSync(file('STEP_SUMMARY'), 'utf8');
    return { exitCode, stdout, stderr, outputs, summary, ms, ...readLog(stdout + stderr, this.job.masks) };
  }
}

/** @param {import('node:stream').Readable} stream @returns {Promise<string>} */
async function collect(stream) {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<number | null>} */
function ended(child) {
  return new Promise((resolve) => child.on('close', resolve));
}

/** Reads a file-command file: blocks of NAME<<DELIMITER, value, DELIMITER. Throws an Error for anything else. @param {string} text */
export function parseFileCommand(text) {
  /** @type {Record<string, string>} */
  const values = {};
  const lines = text.split(/\r?\n/);
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const [, name, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    const end = lines.findIndex((one) => one === delimiter);
    if (name === undefined || end < 0) throw new Error(`Malformed file command: ${line}`);
    values[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return values;
}

/** What an action printed for a runner without file commands: ::COMMAND name=NAME::VALUE. @param {string} text @param {string} command */
function readCommands(text, command) {
  const lines = text.matchAll(new RegExp(`^::${command} name=([^:]*)::(.*)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, unescape(value)]));
}

/** Reads what an action printed as the runner does: masks take effect from their line on. @param {string} text @param {string[]} masks */
export function readLog(text, masks) {
  /** @type {string[]} */
  const log = [];
  /** @type {Record<'error' | 'warning' | 'notice' | 'debug', string[]>} */
  const annotations = { error: [], warning: [], notice: [], debug: [] };
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, command = '', value = ''] = /^::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
    const message = unescape(value);
    if (command === 'add-mask') {
      masks.push(...[message, ...message.split('\n')].filter((one) => one.trim() !== ''));
    } else if (command in annotations) {
      annotations[/** @type {keyof typeof annotations} */ (command)].push(applyMasks(message, masks));
      log.push(
        applyMasks(
          `${command === 'debug' ? '##[debug]' : `${command[0]?.toUpperCase() ?? ''}${command.slice(1)}: `}${message}`,
          masks,
        ),
      );
    } else log.push(applyMasks(line, masks));
  }
  return {
    log,
    masks: [...masks],
    errors: annotations.error,
    warnings: annotations.warning,
    notices: annotations.notice,
  };
}

/** @param {string} text */
function unescape(text) {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

/** Puts *** in place of each mask, and of its base64 and URL-encoded forms. @param {string} text @param {readonly string[]} masks */
export function applyMasks(text, masks) {
  const forms = masks.flatMap((mask) => [
    mask,
    ...[0, 1, 2]
      .map((shift) => Buffer.from(mask).subarray(shift).toString('base64'))
      .filter((form) => form !== ''),
    encodeURIComponent(mask),
    JSON.stringify(mask).slice(1, -1),
  ]);
  return forms
    .sort((a, b) => b.length - a.length)
    .reduce((masked, form) => masked.replaceAll(form, '***'), text);
}
