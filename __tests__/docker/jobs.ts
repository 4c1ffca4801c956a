import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigLocation, configIn } from '../../src/docker/config';
import { addLogins, removeLogins } from '../../src/docker/merge';
import type { Step } from '../../src/docker/step';
import type { Log } from '../../src/log';

/** A registry that all jobs sign in to. */
export const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
/** A config that printing anew would change, behind a byte-order mark. */
export const ODD = `\ufeff{\r\n   "Auths" : { "ghcr.io":{ "auth":"eDp5" } ,\r\n "10": {} },"n":12345678901234567890,"2":"\\u0026" }`;
const HOUR = 3_600_000;

/** The token that a job puts into the config. */
export const tokenOf = (id: string): string => Buffer.from(`AWS:${id}`).toString('base64');
/** The entry that holds it. */
export const valueOf = (id: string): string => JSON.stringify({ auth: tokenOf(id) });

/** A login of a job. */
export const loginOf = (id: string, host = HOST) => ({
  host,
  username: 'AWS',
  password: id,
  auth: tokenOf(id),
});

/** A machine that jobs share: a home with a Docker config (undefined: none), and a temporary directory for each job. */
export class Machine {
  readonly root = mkdtempSync(join(realpathSync(tmpdir()), 'ecr-login-machine-'));
  readonly directory = join(this.root, 'home', '.docker');
  readonly location: ConfigLocation = configIn(this.directory);
  readonly lines: string[] = [];
  readonly log: Log;

  constructor(config?: string | Buffer) {
    mkdirSync(config === undefined ? join(this.root, 'home') : this.directory, {
      recursive: true,
      mode: 0o700,
    });
    if (config !== undefined) writeFileSync(this.location.file, config, { mode: 0o600 });
    const note = (line: string): void => {
      this.lines.push(line);
    };
    this.log = { debug: note, info: note, notice: note, warning: note };
  }

  /** A step in a job of its own. */
  step(id: string): Step {
    const workDirectory = join(this.root, `temp-${id}`, 'work');
    mkdirSync(workDirectory, { recursive: true });
    return { id, workDirectory };
  }

  /** What a runner does when a job has ended. */
  end(step: Step): void {
    rmSync(step.workDirectory, { recursive: true, force: true });
  }

  add(step: Step, host = HOST, isKept = false): Promise<void> {
    const options = { expiresAt: Date.now() + HOUR, clean: 'none', isKept } as const;
    return addLogins(this.location, step, [loginOf(step.id, host)], options, this.log);
  }

  remove(step: Step): Promise<void> {
    return removeLogins(this.location, step, this.log);
  }

  /** The config as it is, or undefined. */
  read(): string | undefined {
    try {
      return readFileSync(this.location.file, 'utf8');
    } catch {
      return undefined;
    }
  }

  write(text: string): void {
    writeFileSync(this.location.file, text);
  }

  tearDown(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
