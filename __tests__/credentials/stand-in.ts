import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Identity } from '../../demo/aws.mjs';
import {
  type Fault,
  type Recorded,
  type RunningServer,
  type ServerOptions,
  startServer,
} from '../../demo/server.mjs';
import type { Ending } from '../support/stage';
import { AwsError, verifySignature } from '../../demo/sigv4.mjs';

/** A role of the stand-in: whom it trusts is an access key id, the ARN of another role, or the audience of a token. */
export interface StandInRole {
  readonly arn: string;
  readonly trusts: string;
  readonly externalId?: string;
}

/** A call that STS was asked for. */
export interface StsCall {
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  readonly region: string | undefined;
  /** The access key id that signed, or undefined for an unsigned call. */
  readonly signer: string | undefined;
}

export type Sts = RunningServer & { readonly calls: StsCall[]; readonly secrets: string[] };

/** Starts a stand-in for STS that checks who asks, and adds whom it makes to `identities`, for ECR to know. */
export async function startSts(
  identities: Identity[],
  roles: readonly StandInRole[],
  fault?: (call: number) => Fault | undefined,
  ending: Ending = { onTestFinished },
  options: ServerOptions = {},
): Promise<Sts> {
  const calls: StsCall[] = [];
  const secrets: string[] = [];
  const roleOf = new Map<string, string>();
  const server = await startServer(
    { ...options, fault: (_request, count) => fault?.(count) },
    (request): { status: number; headers: Record<string, string>; body: string } => {
      const headers = { 'content-type': 'text/xml' };
      try {
        return { status: 200, headers, body: answer(request) };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return { status: error.status, headers, body: errorXml(error.code, error.message) };
      }
    },
  );

  function answer(request: Recorded): string {
    const params = Object.fromEntries(new URLSearchParams(request.body));
    const action = params['Action'] ?? '';
    const signed = signerOf(request, identities);
    calls.push({ action, params, region: signed?.region, signer: signed?.keys.accessKeyId });
    const principal =
      signed === undefined
        ? audienceOf(params['WebIdentityToken'] ?? '')
        : (roleOf.get(signed.keys.accessKeyId) ?? signed.keys.accessKeyId);
    const { RoleArn, ExternalId, RoleSessionName = '' } = params;
    const role = roles.find(({ arn, trusts }) => arn === RoleArn && trusts === principal);
    if (role === undefined || role.externalId !== ExternalId)
      throw new AwsError('AccessDenied', `Not authorized to perform sts:${action}`, 403);
    return grant(action, role.arn, RoleSessionName);
  }

  function grant(action: string, arn: string, session: string): string {
    const accountId = arn.split(':')[4] ?? '';
    const keys = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(300).toString('base64'),
    };
    identities.push({ ...keys, accountId });
    secrets.push(keys.secretAccessKey, keys.sessionToken);
    roleOf.set(keys.accessKeyId, arn);
    return resultXml(
      action,
      keys,
      `arn:aws:sts::${accountId}:assumed-role/${arn.split('/')[1] ?? ''}/${session}`,
    );
  }

  ending.onTestFinished(() => server.close());
  return { ...server, calls, secrets };
}

function signerOf(
  { method, headers, body }: Recorded,
  identities: readonly Identity[],
): ReturnType<typeof verifySignature> | undefined {
  if (headers['authorization'] === undefined) return undefined;
  const find = (id: string): Identity | undefined => identities.find(({ accessKeyId }) => accessKeyId === id);
  return verifySignature({ method, path: '/', query: '', headers, body }, find, Date.now());
}

function resultXml(action: string, keys: Readonly<Record<string, string>>, arn: string): string {
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>
  <AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>AROAEXAMPLE:session</AssumedRoleId></AssumedRoleUser>
  <Credentials><AccessKeyId>${keys['accessKeyId'] ?? ''}</AccessKeyId><SecretAccessKey>${keys['secretAccessKey'] ?? ''}</SecretAccessKey>
  <SessionToken>${keys['sessionToken'] ?? ''}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
  </${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`;
}

/** An error as STS answers it. */
export function errorXml(code: string, message: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
}

/** A token such as the runner gives out; its signature is never checked here. */
export function jwt(audience: string): string {
  const claims = {
    iss: 'https://token.actions.githubusercontent.com',
    aud: audience,
    sub: 'repo:octo@1/app@2:ref:refs/heads/main',
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.${randomBytes(64).toString('base64url')}`;
}

function audienceOf(token: string): string {
  const { aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    aud: string;
  };
  return aud;
}

/** Starts the runner's OIDC service; `env` is what the runner hands to a job with `id-token: write`. */
export async function startOidc(fault?: () => Fault | undefined, ending: Ending = { onTestFinished }) {
  const tokens: string[] = [];
  const requestToken = randomBytes(40).toString('base64url');
  const server = await startServer({ ...(fault === undefined ? {} : { fault }) }, ({ url, headers }) => {
    if (headers['authorization'] !== `Bearer ${requestToken}`) return { status: 401, body: '{}' };
    const token = jwt(new URL(url, 'http://oidc.invalid').searchParams.get('audience') ?? '');
    tokens.push(token);
    return { status: 200, body: JSON.stringify({ value: token }) };
  });
  ending.onTestFinished(() => server.close());
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
  };
  return { ...server, tokens, requestToken, env };
}
