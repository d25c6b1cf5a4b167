import { architecture, type Requirement } from '../requirement.ts';

/** What the system admits, before it interprets a request. */
export const entryRequirements = {
  'entry-body-counts': architecture(
    'Invariants',
    'A body of a million values is a short 4xx at once, and a service with a heap of 384 MB keeps running',
  ),
  'entry-bodies-at-once': architecture(
    'Invariants',
    'The bytes of request bodies and bus requests at work in a process are bounded, and each caller has a share',
  ),
  'entry-body-room': architecture(
    'Invariants',
    'Images that fill a body and conversations of thousands of items are within the limits',
  ),
  'entry-local-pages': architecture(
    'Invariants',
    'Where calls without a token are allowed, pages of other origins and other host names are 403 on every route',
  ),
  'entry-simple-requests': architecture(
    'Invariants',
    'A request that a page can send without a preflight changes nothing: a body that is not JSON is 415',
  ),
  'entry-local-programs': architecture(
    'Invariants',
    'Programs and pages of localhost call a local stack without a token',
  ),
  'entry-identity-first': architecture('Invariants', 'A body is read once its sender is known'),
  'entry-no-store': architecture('Invariants', 'No cache keeps a token, a key or a secret'),
  'entry-unrouted': architecture(
    'Invariants',
    'A path below /v1 without a route is 404 in the shape of the API',
  ),
  'entry-tool-texts': architecture(
    'Invariants',
    'Tool outputs are made storable; elsewhere a text that cannot be stored is 400, and the error names its place',
  ),
} satisfies Record<string, Requirement>;
