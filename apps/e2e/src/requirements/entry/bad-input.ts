import { architecture, type Requirement } from '../requirement.ts';

/** Requests, tool outputs and provider answers that are not what they should be. */
export const badInputRequirements = {
  'bad-json': architecture('Invariants', 'Malformed JSON is 400 in the shape of the dialect'),
  'bad-types': architecture('Invariants', 'A field of the wrong type is 400, and the error names it'),
  'bad-values': architecture(
    'Invariants',
    'A number out of range, however large, is 400, and the error names the field',
  ),
  'bad-ids': architecture('Invariants', 'A malformed id of any characters is 404'),
  'bad-size': architecture('Invariants', 'A body over the limit is 413'),
  'bad-depth': architecture('Invariants', 'A body nested too deeply is 400'),
  'bad-text': architecture(
    'Invariants',
    'NUL characters, lone surrogates and __proto__ are 400; a path with a NUL is 404',
  ),
  'bad-content-type': architecture('Invariants', 'A body that is not JSON is 415'),
  'bad-anything': architecture('Invariants', 'No input makes a 5xx, and the service keeps running'),
  'bad-output': architecture('Invariants', 'Outputs of models and tools are stored with any characters'),
  'bad-provider': architecture(
    'Invariants',
    "A provider's failure is reported as a failure of the provider; its 401 never becomes the caller's 401",
  ),
} satisfies Record<string, Requirement>;
