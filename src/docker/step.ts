import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A step that signs in. */
export interface Step {
  readonly id: string;
  /** A directory in the runner's temporary one that is there as long as the job is. */
  readonly workDirectory: string;
}

/** A step, and what tells from elsewhere whether its job still runs. */
export interface StepMark extends Step {
  /** Device and inode of the runner's temporary directory. */
  readonly home: string;
}

/** Marks a step, for others that share its Docker config. */
export function markOf({ id, workDirectory }: Step): StepMark {
  return { id, workDirectory, home: identityOf(dirname(workDirectory)) };
}

/**
 * Whether the job of a step has ended, though its post step never ran: a runner empties its temporary
 * directory before and after each job, so that directory is there, known again by device and inode, and the
 * step's own in it is not. What cannot be seen from here, as from another container, counts as alive.
 */
export function hasJobEnded({ workDirectory, home }: StepMark): boolean {
  return home !== '' && identityOf(dirname(workDirectory)) === home && !existsSync(workDirectory);
}

/** Narrows what was read from a file to a mark. */
export function isStepMark(value: unknown): value is StepMark {
  if (typeof value !== 'object' || value === null) return false;
  const { id, workDirectory, home } = value as Partial<Record<keyof StepMark, unknown>>;
  return [id, workDirectory, home].every((field) => typeof field === 'string');
}

function identityOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${String(stats.dev)}:${String(stats.ino)}`;
}
