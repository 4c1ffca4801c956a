// The stand-in for AWS of the e2e workflow: node aws.mjs ADDRESS PASSWORD
import { startAws } from '../../demo/aws.mjs';

const [address = '', password = ''] = process.argv.slice(2);
await startAws({
  port: Number(address.split(':')[1]),
  password,
  identities: [
    {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      accountId: '123456789012',
    },
  ],
});
