import { subscribe, unsubscribe } from 'node:diagnostics_channel';

// Node's own, told of as the first request is on its way.
const ASKED = 'http.client.request.start';

/**
 * Does work while the first answer is awaited, whoever was asked. Gives a function for its result, which does
 * it where nobody was asked.
 */
export function meanwhile<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let begun: Promise<Result> | undefined;
  const result = (): Promise<Result> => {
    unsubscribe(ASKED, begin);
    return (begun ??= work());
  };
  const begin = (): void => {
    unsubscribe(ASKED, begin);
    // Not before the request has left. Its failure is for those who ask for the result.
    setImmediate(() => void result().catch(() => undefined));
  };
  subscribe(ASKED, begin);
  return result;
}
