import { architecture, type Requirement } from '../requirement.ts';

/** What may enter the system, before anything is made of it. */
export const entryRequirements = {
  'entry-body-counts': architecture(
    'Invariants',
    'A body of a million values is a short 4xx at once, and a service with a heap of 384 MB lives on',
  ),
  'entry-bodies-at-once': architecture(
    'Invariants',
    'The bodies and questions that a process works on at the same time have a bound in bytes, and each caller has a share of it',
  ),
  'entry-body-room': architecture(
    'Invariants',
    'Images that fill a body and conversations of thousands of items are within the limits',
  ),
  'entry-local-pages': architecture(
    'Invariants',
    'Where calls without a token are let in, pages of other origins and other names of the host are 403 on every route',
  ),
  'entry-simple-requests': architecture(
    'Invariants',
    'Nothing is changed by a request that a page can send without asking: a body that is not JSON is 415',
  ),
  'entry-local-programs': architecture(
    'Invariants',
    'Programs and pages of localhost call a local stack without a token',
  ),
  'entry-identity-first': architecture('Invariants', 'A body is read once it is known who sent it'),
  'entry-no-store': architecture('Invariants', 'No cache keeps a token, a key or a secret'),
  'entry-unrouted': architecture(
    'Invariants',
    'What no route takes below /v1 is 404 in the shape of the API',
  ),
  'entry-tool-texts': architecture(
    'Invariants',
    'Tool outputs are made storable; elsewhere a text that cannot be stored is 400 and its place is named',
  ),
} satisfies Record<string, Requirement>;
