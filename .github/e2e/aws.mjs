// The stand-in for AWS of the e2e workflow: node aws.mjs PORT PASSWORD
import { startAws } from '../../demo/aws.mjs';

const [port = '', password = ''] = process.argv.slice(2);
await startAws({
  port: Number(port),
  password,
  identities: [
    {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      accountId: '123456789012',
    },
  ],
});
