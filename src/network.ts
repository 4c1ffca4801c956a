import type { EarlyAgent } from './early-connection';
import type { Log } from './log';
import type { ProxySettings } from './proxy';
import type { Retries } from './retry';

/** What everything that asks something of somebody else needs. */
export interface Network {
  readonly log: Log;
  readonly retries: Retries;
  readonly proxy: ProxySettings;
  /** For HTTPS to AWS's own hosts, to some of which it has connected already. */
  readonly agent: EarlyAgent;
}
