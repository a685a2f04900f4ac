export { startCredentialProxy, type CredentialProxy, type CredentialProxyOptions } from './credential-proxy';
export { readRateLimit } from './limit-headers';
