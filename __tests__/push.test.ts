import { expect, test } from 'vitest';
import { hasProgram, run, startRealRegistry, writeImage } from './support/programs';
import { USER_CONFIG, setStage } from './support/stage';

const MISSING = ['docker', 'docker-registry', 'htpasswd', 'skopeo'].filter((name) => !hasProgram(name));

test.skipIf(MISSING.length > 0)(
  `an image can be pushed during the job, and not after it${MISSING.length > 0 ? ` (missing: ${MISSING.join(', ')})` : ''}`,
  async () => {
    const password = 'a-token-of-this-test';
    const body = JSON.stringify({
      authorizationData: [
        { authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt: 4e9 },
      ],
    });
    const stage = await setStage({ fault: () => ({ body }) });
    const host = await startRealRegistry(stage.directory, 'AWS', password);
    const image = writeImage(stage.directory);
    const push = () =>
      run(
        'skopeo',
        ['copy', '--dest-tls-verify=false', '--insecure-policy', `oci:${image}`, `docker://${host}/app:1`],
        {
          HOME: stage.home,
          XDG_RUNTIME_DIR: stage.directory,
        },
      );

    expect(push()).toMatchObject({
      status: 1,
      output: expect.stringMatching(/unauthorized|authentication required/i) as string,
    });
    const step = stage.step({ inputs: { registry: `http://${host}` } });
    expect(await step.main()).toMatchObject({ exitCode: 0, errors: [] });
    expect(push()).toMatchObject({ status: 0 });
    expect(await step.post()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(push()).toMatchObject({
      status: 1,
      output: expect.stringMatching(/unauthorized|authentication required/i) as string,
    });
    expect(stage.readConfig()).toBe(USER_CONFIG);
  },
);
