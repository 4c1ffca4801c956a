import type { Agent } from 'node:https';
import type { Log } from './log';
import type { ProxySettings } from './proxy';
import type { Retries } from './retry';

/** What everything that asks something of somebody else needs. */
export interface Network {
  readonly log: Log;
  readonly retries: Retries;
  readonly proxy: ProxySettings;
  /** For requests to ECR, some of whose connections are made already. */
  readonly ecrAgent: Agent;
}
