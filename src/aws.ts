// All that asks AWS, with the SDK: a chunk of its own, which is loaded while a connection to ECR is made.
export { decide } from './decide';
export { getTokens } from './tokens';
