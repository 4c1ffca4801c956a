// Lets one user in to a registry that takes everybody: node guard.mjs ADDRESS REGISTRY PASSWORD
import { createServer, request } from 'node:http';

const [address = '', registry = '', password = ''] = process.argv.slice(2);
const [hostname, port] = address.split(':');
const known = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;

createServer((incoming, outgoing) => {
  if (incoming.headers.authorization !== known) {
    outgoing.writeHead(401, { 'www-authenticate': 'Basic realm="e2e"', 'content-type': 'application/json' });
    outgoing.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    return;
  }
  const { method, url, headers } = incoming;
  // The host stays as it was asked for, since the registry names itself by it.
  const passedOn = request(`http://${registry}${url ?? '/'}`, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passedOn.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(passedOn);
}).listen(Number(port), hostname);
