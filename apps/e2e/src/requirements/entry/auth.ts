import { architecture, jan, rules, standards, type Requirement } from '../requirement.ts';

/** Accounts, tokens and API keys. */
export const authRequirements = {
  'auth-guest-login': jan(
    'Authentication',
    'POST /llm/auth/guest-login without a body returns an access token',
  ),
  'auth-required': jan('Authentication', 'Every call of the Response API requires authentication'),
  'auth-login-answer': rules('jan', 'guest-login answers 201 with user, tokens, token type and lifetime'),
  'auth-refresh-rotates': standards(
    'RFC 8725 and OAuth 2.1',
    'A refresh token works once and returns its successor; using it again ends the whole login',
  ),
  'auth-upgrade': rules(
    'jan',
    'POST upgrade gives an account its address and answers {"status":"upgraded"}; the account keeps a guest’s rights until the address is proven',
  ),
  'auth-logout': rules('jan', 'GET or POST logout ends the login; every service then refuses its tokens'),
  'auth-me': rules('jan', 'GET me returns the account of the token'),
  'auth-validate-revoke': rules(
    'jan',
    'POST validate reports whether a token is valid; POST revoke revokes one',
  ),
  'auth-api-keys': rules(
    'jan',
    'API keys are created, listed and deleted; the key is shown once and works as a bearer token and as X-API-Key',
  ),
  'auth-jwks': architecture('Map', 'The public signing keys are at /.well-known/jwks.json'),
  'auth-rs256-only': standards(
    'RFC 8725 and OAuth 2.1',
    'Only RS256 tokens signed with our own keys are valid: alg none, HS256 with the public key, foreign keys and expired tokens are 401',
  ),
  'auth-foreign-is-unknown': rules(
    'all dialects',
    'Another caller’s resource is 404, in the same words as an unknown one',
  ),
} satisfies Record<string, Requirement>;
