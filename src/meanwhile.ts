import { subscribe, unsubscribe } from 'node:diagnostics_channel';

// Node's own, told of as the first request is on its way.
const ASKED = 'http.client.request.start';

/** Does work while the first answer is awaited, whoever was asked. Once; not at all where nobody is asked. */
export function meanwhile(work: () => void): void {
  const begin = (): void => {
    unsubscribe(ASKED, begin);
    // Not before the request has left.
    setImmediate(work);
  };
  subscribe(ASKED, begin);
}
