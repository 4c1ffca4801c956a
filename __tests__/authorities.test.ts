import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NOT_GIVEN } from '../src/runner';
import { makeCertificate } from './support/programs';
import { IDENTITY, setStage } from './support/stage';

/** A stand-in for AWS whose certificate nobody trusts, and the file of that certificate. */
async function setPrivateStage() {
  const certificate = makeCertificate('localhost');
  const stage = await setStage({ tls: certificate });
  const file = join(stage.directory, 'authority.pem');
  writeFileSync(file, certificate.cert);
  return { ...stage, file };
}

test.each(['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'])(
  'an authority of your own is trusted by %s',
  async (name) => {
    const stage = await setPrivateStage();
    expect(await stage.step({ env: { [name]: stage.file } }).main()).toMatchObject({
      exitCode: 0,
      errors: [],
    });
  },
);

test('one that nobody trusts is an error at once, which names both', async () => {
  const stage = await setPrivateStage();
  const { errors, ms } = await stage.step().main();
  expect(errors).toEqual([expect.stringContaining('set NODE_EXTRA_CA_CERTS (or AWS_CA_BUNDLE)')]);
  expect(ms).toBeLessThan(5_000);
});

test.each([
  ['keys from the inputs', {}, {}],
  [
    "the machine's own keys",
    {
      'aws-access-key-id': NOT_GIVEN,
      'aws-secret-access-key': NOT_GIVEN,
      credential: 'ecr:eu-west-1:default',
    },
    { AWS_ACCESS_KEY_ID: IDENTITY.accessKeyId, AWS_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey },
  ],
])('a bundle that is not there is named: %s', async (_name, inputs, env) => {
  const stage = await setPrivateStage();
  const { errors, stderr } = await stage
    .step({ inputs, env: { ...env, AWS_CA_BUNDLE: '/not/there.pem' } })
    .main();
  expect(stderr).toBe('');
  expect(stage.aws.requests).toEqual([]);
  expect(errors).toEqual([
    expect.stringContaining('AWS_CA_BUNDLE names /not/there.pem, which cannot be read: ENOENT'),
  ]);
});
