import type { Agent } from 'node:http';
import { LoginError } from './errors';
import { input, mask } from './runner';

/** The proxy that requests go through, and the hosts that they reach without it. */
export interface ProxySettings {
  /** Undefined: none. */
  readonly url: URL | undefined;
  /** Comma-separated hosts and domains, as in NO_PROXY. */
  readonly except: string;
  /** The variables that tell a child process of them, where the inputs do. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The proxy that the user names: `http-proxy`, else HTTPS_PROXY, else HTTP_PROXY, for `no-proxy`, else
 * NO_PROXY, in upper or lower case. The user and password in its URL are masked. Throws a LoginError for what
 * is no URL of a proxy.
 */
export function readProxy(env: NodeJS.ProcessEnv): ProxySettings {
  const given = (input('http-proxy') ?? '').trim();
  const exceptGiven = (input('no-proxy') ?? '').trim();
  const text = given === '' ? first(env, ['HTTPS_PROXY', 'HTTP_PROXY']) : given;
  const url = text === '' ? undefined : parseProxy(text);
  return {
    url,
    except: exceptGiven === '' ? first(env, ['NO_PROXY']) : exceptGiven,
    variables: {
      ...(given === '' || url === undefined
        ? {}
        : { HTTPS_PROXY: url.href, HTTP_PROXY: url.href, https_proxy: url.href, http_proxy: url.href }),
      ...(exceptGiven === '' ? {} : { NO_PROXY: exceptGiven, no_proxy: exceptGiven }),
    },
  };
}

function first(env: NodeJS.ProcessEnv, names: readonly string[]): string {
  const spellings = names.flatMap((name) => [name, name.toLowerCase()]);
  return spellings.map((name) => env[name] ?? '').find((value) => value !== '') ?? '';
}

function parseProxy(text: string): URL {
  const whole = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) {
    for (const secret of [url.password, decode(url.password), url.username, decode(url.username)])
      mask(secret);
    return url;
  }
  throw new LoginError(
    'The proxy (http-proxy, HTTPS_PROXY or HTTP_PROXY) is no http:// or https:// URL: write http://HOST:PORT',
  );
}

// Curl and Go take a stray % as it stands.
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** True for a host that is reached without the proxy: one of the exceptions, or below one. */
export function isExcepted(hostname: string, except: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  return except
    .toLowerCase()
    .split(/[\s,]+/)
    .map((entry) => entry.replace(/^([^:]*):\d+$/, '$1').replace(/^\*?\./, ''))
    .some((entry) => entry === '*' || (entry !== '' && (host === entry || host.endsWith(`.${entry}`))));
}

/** The agent that leads a request to a host through the proxy; undefined where it goes directly. */
export async function agentFor(hostname: string, { url, except }: ProxySettings): Promise<Agent | undefined> {
  if (url === undefined || isExcepted(hostname, except)) return undefined;
  // Loaded for those who are behind a proxy alone.
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return new HttpsProxyAgent(url, { keepAlive: false });
}
