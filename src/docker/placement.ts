import type { Log } from '../log';
import type { ConfigDocument } from './document';
import type { Entry } from './ledger';
import { type StoreAnswer, askStore, credsStore, helperOf, storeValue } from './stores';

/** A login to be kept for docker to find. */
export interface Login {
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Base64 of `username:password`. */
  readonly auth: string;
}

/** What has been learnt of the credential helpers in a run, by helper and host. */
export class HelperNotes {
  readonly #answers = new Map<string, Promise<StoreAnswer>>();
  readonly #broken = new Map<string, string>();

  /** What the helper held for the host when it was first asked. */
  answer(helper: string, host: string): Promise<StoreAnswer> {
    const key = `${helper} ${host}`;
    const answer = this.#answers.get(key) ?? askStore(helper, host);
    this.#answers.set(key, answer);
    return answer;
  }

  /** Notes that a helper cannot keep a login, and why. */
  setBroken(helper: string, host: string, why: string): void {
    this.#broken.set(`${helper} ${host}`, why);
  }

  /** Why a helper cannot keep a login for the host, or undefined as far as is known. */
  async whyBroken(helper: string, host: string): Promise<string | undefined> {
    const answer = await this.answer(helper, host);
    return 'failed' in answer ? answer.failed : this.#broken.get(`${helper} ${host}`);
  }
}

/**
 * Where a login goes, so that docker finds it: into the store that docker would ask, where that works; else
 * into the file, with the store put out of the way for this one host, as little as will do.
 */
export async function placeLogin(
  document: ConfigDocument,
  login: Login,
  notes: HelperNotes,
  log: Log,
): Promise<readonly Entry[]> {
  const { host } = login;
  const inFile: Entry = { section: 'auths', host, value: JSON.stringify({ auth: login.auth }) };
  const helper = helperOf(document, host);
  if (helper === undefined) return [inFile];
  const why = await notes.whyBroken(helper.name, host);
  if (why === undefined) {
    const stored: Entry = {
      section: `store:${helper.name}`,
      host,
      value: storeValue(login.username, login.password),
    };
    // With credsStore docker leaves an empty entry in the file; credHelpers needs none.
    return helper.key === 'credsStore' ? [stored, { ...inFile, value: '{}' }] : [stored];
  }
  log.info(
    `The credential helper docker-credential-${helper.name} cannot keep the login for ${host} (${why}): it goes into the file`,
  );
  const general = credsStore(document);
  if (general !== undefined && (await hidesFile(general, host, notes))) {
    log.notice(
      `credsStore ${general} hides the login for ${host}, so it is put aside for that host (credHelpers "${host}": ""): podman, skopeo and buildah cannot read that; with docker-config: isolated they can`,
    );
    return [inFile, { section: 'credHelpers', host, value: '""' }];
  }
  return helper.key === 'credHelpers' ? [inFile, { section: 'credHelpers', host, value: null }] : [inFile];
}

// Docker falls back to the file where the store fails, but not where it answers, be it with "not found".
async function hidesFile(helper: string, host: string, notes: HelperNotes): Promise<boolean> {
  return !('failed' in (await notes.answer(helper, host)));
}
