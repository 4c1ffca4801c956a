import { elapsedMs } from './clock';
import { endChildren } from './docker/client';
import { LoginError } from './errors';

// A runner that cancels a job sends SIGINT, 7.5 s later SIGTERM, and 2.5 s later kills.
const GRACE_MS = 3_000;

/**
 * When the step is to end before it is done: at its deadline, or as the job is cancelled. The signal's reason
 * is the LoginError that says which. Children are ended at once; what is being written is written to its end.
 */
export function watchForEnd(timeoutSeconds: number): AbortSignal {
  const controller = new AbortController();
  const end = (why: string): void => {
    controller.abort(new LoginError(why));
    endChildren();
    // Should something hang: all files are written whole or not at all, and the post step knows what to undo.
    setTimeout(() => process.exit(1), GRACE_MS).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      end(`Cancelled by ${name} before the login was done: the post step undoes what there is of it`);
    });
  const leftMs = timeoutSeconds * 1_000 - elapsedMs();
  setTimeout(() => {
    end(
      `Not signed in within ${timeoutSeconds} s (timeout-seconds): the lines above say what did not answer; raise timeout-seconds if it only takes long`,
    );
  }, leftMs).unref();
  return controller.signal;
}

/** The result of some work, or the signal's reason if that comes first. */
export async function beforeEnd<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  // Should the end come first, nobody hears how the work went.
  work.catch(() => undefined);
  signal.throwIfAborted();
  let end: () => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    end = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
  });
  signal.addEventListener('abort', end);
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
