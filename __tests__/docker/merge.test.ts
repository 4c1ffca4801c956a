import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { configIn } from '../../src/docker/config';
import { ledgerPath } from '../../src/docker/ledger-file';
import { addLogins, removeLogins } from '../../src/docker/merge';
import { compileWorker } from './children';
import { HOST, Machine, ODD, loginOf, tokenOf, valueOf } from './jobs';

const machines: Machine[] = [];
function newMachine(config?: string): Machine {
  const machine = new Machine(config);
  machines.push(machine);
  return machine;
}
afterEach(() => {
  for (const machine of machines.splice(0)) machine.tearDown();
});

const OPTIONS = { expiresAt: Date.now() + 3_600_000, clean: 'none' } as const;
const ledgerOf = ({ directory }: Machine): string => join(directory, '.config.json.ecr-login');

const none = (): void => undefined;

// Loaded before the sources are, which keep the function that they find.
const renames = vi.hoisted(() => {
  const builtin = process.getBuiltinModule('node:fs');
  const original = builtin.renameSync;
  const hook = { original, rename: original };
  builtin.renameSync = (from, to) => {
    hook.rename(from, to);
  };
  process.getBuiltinModule('node:module').syncBuiltinESMExports();
  return hook;
});

/** Has something happen before or behind the first renames onto a file. */
async function around(
  file: string,
  before: () => void,
  behind: () => void,
  work: () => Promise<void>,
  times = 1,
): Promise<void> {
  let left = times;
  renames.rename = (from, to) => {
    const isMeant = to === file && left > 0;
    if (isMeant) left -= 1;
    if (isMeant) before();
    renames.original(from, to);
    if (isMeant) behind();
  };
  try {
    await work();
  } finally {
    renames.rename = renames.original;
  }
}

const modeOf = (path: string): number => asHere(statSync(path).mode & 0o777);

/** A mode as this platform has it: Windows has none. */
const asHere = (mode: number): number => (process.platform === 'win32' ? 0 : mode);

test.each([ODD, '', 'null', ' \n', '{}', '{ }', '{"auths":null}', '{"auths": {}}\r\n', undefined])(
  'a config comes back byte for byte, with its mode: %j',
  async (config) => {
    const machine = newMachine(config);
    if (config !== undefined) chmodSync(machine.location.file, 0o640);
    const step = machine.step('a');
    await machine.add(step);
    expect(machine.read()).toContain(tokenOf('a'));
    expect(machine.read()).not.toContain('\ufeff');
    const modes = [machine.location.file, machine.directory, ledgerOf(machine)].map(modeOf);
    expect(modes).toEqual([config === undefined ? 0o600 : 0o640, 0o700, 0o600].map(asHere));
    await machine.remove(step);
    expect(machine.read()).toBe(config);
    expect(existsSync(machine.directory)).toBe(config !== undefined);
  },
);

test('a link to the config stays one', async () => {
  const machine = newMachine('{}');
  const real = join(machine.root, 'real.json');
  renameSync(machine.location.file, real);
  symlinkSync(real, machine.location.file);
  const step = machine.step('a');
  await machine.add(step);
  expect(fs.readFileSync(real, 'utf8')).toContain(tokenOf('a'));
  await machine.remove(step);
  expect(fs.lstatSync(machine.location.file).isSymbolicLink()).toBe(true);
  expect(machine.read()).toBe('{}');
});

test('nothing to undo is said at debug level, and nothing is touched', async () => {
  const machine = newMachine('{"broken');
  await machine.remove(machine.step('a'));
  expect(machine.lines).toEqual([`There is nothing of ours in ${machine.directory}`]);
  expect(machine.read()).toBe('{"broken');
});

test('undone twice is undone once', async () => {
  const machine = newMachine(ODD);
  const step = machine.step('a');
  await machine.add(step);
  await machine.remove(step);
  await machine.remove(step);
  expect(machine.read()).toBe(ODD);
});

test('a directory above one that we made stays, under whatever name jobs know it', async () => {
  const machine = newMachine();
  const parent = join(machine.root, 'parent');
  mkdirSync(parent);
  symlinkSync(parent, join(machine.root, 'link'));
  const names = [
    join(parent, 'docker/'),
    `${machine.root}/./parent/docker`,
    join(machine.root, 'link/docker'),
  ];
  const steps = names.map((name, index) => ({ location: configIn(name), step: machine.step(String(index)) }));
  for (const { location, step } of steps)
    await addLogins(location, step, [loginOf(step.id)], OPTIONS, machine.log);
  for (const { location, step } of steps) await removeLogins(location, step, machine.log);
  expect(readdirSync(parent)).toEqual([]);
});

test('a directory that was made for a config that could not be written goes again', async () => {
  const machine = newMachine();
  const location = configIn(join(machine.root, 'home', 'a', 'b'));
  const fail = (): void => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  const add = (): Promise<void> =>
    addLogins(location, machine.step('a'), [loginOf('a')], OPTIONS, machine.log);
  await expect(around(ledgerPath(location.file), fail, none, add)).rejects.toThrow('the disk is full');
  expect(readdirSync(join(machine.root, 'home'))).toEqual([]);
});

describe('somebody else saves', () => {
  const FOREIGN = `{"auths":{"foreign":{"auth":"eDp5"}}}`;

  test.each([
    ['before our rename', ledgerOf],
    ['behind our rename', ({ location }: Machine) => location.file],
  ])('%s: theirs and ours are there', async (_when, fileOf) => {
    const machine = newMachine('{}');
    const step = machine.step('a');
    const save = (): void => {
      machine.write(FOREIGN);
    };
    await around(fileOf(machine), none, save, () => machine.add(step));
    expect(machine.read()).toContain(tokenOf('a'));
    expect(machine.read()).toContain('foreign');
    await machine.remove(step);
    expect(machine.read()).toBe(FOREIGN);
  });

  test('all the time: an error says so, and what we have noted is undone by post', async () => {
    const machine = newMachine('{}');
    const step = machine.step('a');
    let saves = 0;
    const save = (): void => {
      saves += 1;
      machine.write(`{"n":${String(saves)}}`);
    };
    const adding = around(ledgerOf(machine), none, save, () => machine.add(step), Infinity);
    await expect(adding).rejects.toThrow('is written by somebody else all the time');
    machine.write(FOREIGN);
    await machine.remove(step);
    expect(machine.read()).toBe(FOREIGN);
    expect(readdirSync(machine.directory)).toEqual(['config.json']);
  });
});

test('whoever stood still until its lock was broken leaves the ledger of the others alone', async () => {
  const machine = newMachine('{}');
  const [slow, quick] = [machine.step('slow'), machine.step('quick')];
  const worker = compileWorker();
  const { openSync: original } = fs;
  // Once it has looked for the ledger, and found none, it stands still, and another job signs in.
  fs.openSync = (path, ...rest) => {
    try {
      return original(path, ...rest);
    } finally {
      if (path === ledgerOf(machine)) {
        fs.openSync = original;
        syncBuiltinESMExports();
        fs.rmSync(join(machine.directory, '.config.json.ecr-login-lock'));
        const task = { operations: ['add'] as const, directory: machine.directory, host: HOST };
        worker.runToEnd({ ...task, step: quick, auth: tokenOf('quick') });
      }
    }
  };
  syncBuiltinESMExports();
  await machine.add(slow);
  worker.remove();
  await machine.remove(slow);
  expect(machine.read()).toContain(tokenOf('quick'));
  await machine.remove(quick);
  expect(machine.read()).toBe('{}');
});

test('half-written files of processes that were killed are swept up, with the tokens in them', async () => {
  const machine = newMachine('{}');
  for (const name of ['config.json', '.config.json.ecr-login'])
    writeFileSync(join(machine.directory, `.ecr-login-tmp-${name}-x`), 'token');
  const step = machine.step('a');
  await machine.add(step);
  expect(readdirSync(machine.directory).sort()).toEqual(['.config.json.ecr-login', 'config.json']);
});

describe('a login that is kept', () => {
  test('is no job’s to undo', async () => {
    const machine = newMachine('{}');
    const [keeper, next] = [machine.step('keeper'), machine.step('next')];
    await machine.add(keeper, HOST, true);
    expect(readdirSync(machine.directory)).toEqual(['config.json']);
    machine.end(keeper);
    const kept = machine.read();
    await machine.add(next, 'elsewhere');
    await machine.remove(next);
    expect(machine.read()).toBe(kept);
    expect(kept).toContain(tokenOf('keeper'));
  });

  test('outlives the jobs around it, on the same host', async () => {
    const machine = newMachine(`{"auths":{"${HOST}":{"auth":"YmFzZTp4"}}}`);
    const [early, keeper, late] = [machine.step('early'), machine.step('keeper'), machine.step('late')];
    await machine.add(early);
    await machine.add(keeper, HOST, true);
    await machine.add(late);
    machine.end(keeper);
    await machine.remove(early);
    expect(machine.read()).toContain(tokenOf('late'));
    await machine.remove(late);
    expect(machine.read()).toBe(`{"auths":{"${HOST}":${valueOf('keeper')}}}`);
  });
});

describe.skipIf(process.platform === 'win32')('what cannot be trusted or used', () => {
  test('a ledger that is a link is refused', async () => {
    const machine = newMachine('{}');
    writeFileSync(join(machine.root, 'mine'), '{}');
    symlinkSync(join(machine.root, 'mine'), ledgerOf(machine));
    await expect(machine.add(machine.step('a'))).rejects.toThrow('cannot be trusted: ELOOP');
    expect(machine.read()).toBe('{}');
  });

  test('a ledger that others can read is refused', async () => {
    const machine = newMachine('{}');
    writeFileSync(ledgerOf(machine), '{}', { mode: 0o644 });
    await expect(machine.add(machine.step('a'))).rejects.toThrow('cannot be trusted');
  });

  test.each([
    '',
    '{',
    '{"version":1}',
    '[]',
    '{"version":1,"original":null,"written":[],"madeDirectory":null,"madeSections":[],"places":[{"section":"auths","host":"h","base":"{","holders":[]}]}',
  ])('a ledger of %j is set aside with a warning', async (text) => {
    const machine = newMachine('{}');
    writeFileSync(ledgerOf(machine), text, { mode: 0o600 });
    await machine.add(machine.step('a'));
    expect(machine.lines).toContainEqual(expect.stringContaining('could not be read'));
    await machine.remove(machine.step('a'));
    expect(machine.read()).toBe('{}');
  });

  test('a directory that everybody can write to is refused', async () => {
    const machine = newMachine('{}');
    chmodSync(machine.directory, 0o777);
    await expect(machine.add(machine.step('a'))).rejects.toThrow('can be written by everybody');
    expect(readdirSync(machine.directory)).toEqual(['config.json']);
  });

  test.each([
    ['EBUSY', 'it is mounted by itself'],
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'read-only'],
    ['EACCES', 'let this user write to its directory'],
  ])('a config whose rename fails with %s stays as it was, and post leaves nothing', async (code, remedy) => {
    const machine = newMachine(ODD);
    const step = machine.step('a');
    const fail = (): void => {
      throw Object.assign(new Error(code), { code });
    };
    const adding = around(
      machine.location.file,
      fail,
      () => undefined,
      () => machine.add(step),
    );
    await expect(adding).rejects.toThrow(remedy);
    expect(machine.read()).toBe(ODD);
    await machine.remove(step);
    expect(readdirSync(machine.directory)).toEqual(['config.json']);
  });
});
