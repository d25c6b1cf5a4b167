import { type Requirement, rules } from '../requirement.ts';

const section = 'Limits';

/** Limits of each caller, and rights that change while runs and sessions exist. */
export const limitRequirements = {
  'limits-requests': rules(
    section,
    'A caller that exceeds its requests a minute gets 429 with Retry-After and X-RateLimit-Limit, -Remaining and -Reset, in the shape of each dialect',
  ),
  'limits-together': rules(
    section,
    'The concurrent runs and open streams of a caller are limited; another caller has limits of its own',
  ),
  'limits-stored': rules(
    section,
    'A caller that has reached its stored bytes gets 403 until it deletes some',
  ),
  'limits-fair': rules(
    section,
    'A caller’s first background run starts while another caller’s queue is long and its runs are slow',
  ),
  'rights-background': rules(
    section,
    'Rules of TOOLS_FILE for guests hold in the background runs of guests and of their API keys',
  ),
  'rights-granted': rules(
    'Accounts',
    'The operator proves addresses, grants and revokes scopes, and creates API keys with scopes',
  ),
  'revoked-everywhere': rules(
    section,
    'Every instance refuses a token of an ended login and a deleted API key within a second, and closes their WebSockets',
  ),
} satisfies Record<string, Requirement>;
