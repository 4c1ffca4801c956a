// The least that a sign-in can cost: Node, one signed request to ECR, one docker login with the password from it.
const { spawn } = require('node:child_process');
const { createHash, createHmac } = require('node:crypto');
const http = require('node:http');
require('node:https');

const body = '{}';
const url = new URL(process.env.AWS_ENDPOINT_URL_ECR);
const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

// AWS Signature Version 4, as in the IAM user guide.
const headers = {
  'content-type': 'application/x-amz-json-1.1',
  host: url.host,
  'x-amz-date': time,
  'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
};
const names = Object.keys(headers).join(';');
const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
const scope = [time.slice(0, 8), 'eu-west-1', 'ecr', 'aws4_request'];
const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
const key = scope.reduce(hmac, `AWS4${process.env['INPUT_AWS-SECRET-ACCESS-KEY']}`);
const credential = `${process.env['INPUT_AWS-ACCESS-KEY-ID']}/${scope.join('/')}`;
const signature = hmac(key, toSign).toString('hex');
headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;

const request = http.request(url, { method: 'POST', headers }, (response) => {
  let text = '';
  response.on('data', (part) => (text += part));
  response.on('end', () => {
    const [{ authorizationToken }] = JSON.parse(text).authorizationData;
    const password = Buffer.from(authorizationToken, 'base64').toString().slice('AWS:'.length);
    const args = ['login', '--username', 'AWS', '--password-stdin', process.env.BENCH_REGISTRY];
    const env = { ...process.env, DOCKER_CONFIG: process.env.BENCH_CONFIG };
    const child = spawn('docker', args, { env });
    child.stdin.end(password);
    child.on('close', (code) => {
      process.exitCode = code;
    });
  });
});
request.end(body);
