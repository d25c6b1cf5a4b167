import { type Requirement, rules } from '../requirement.ts';

const section = 'Limits';

export const limitRequirements = {
  'limits-requests': rules(
    section,
    'Beyond its requests a minute a caller gets 429 with Retry-After and X-RateLimit-Limit, -Remaining and -Reset, in the words of each dialect',
  ),
  'limits-together': rules(
    section,
    'A caller has so many runs and open streams at the same time; another caller has its own',
  ),
  'limits-stored': rules(
    section,
    'A caller that has stored as much as it may have gets 403 until it deletes some',
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
    'The operator proves addresses, grants and withdraws scopes, and makes API keys with scopes',
  ),
  'revoked-everywhere': rules(
    section,
    'A token whose login ended, and a deleted API key, are refused by every instance within a second, and their WebSockets end',
  ),
} satisfies Record<string, Requirement>;
