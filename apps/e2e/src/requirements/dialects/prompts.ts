import { rules, type Requirement } from '../requirement.ts';

/** Prompts: managed at /v1/prompts, run by /v1/responses. */
export const promptRequirements = {
  'prompts-write': rules(
    'prompts',
    'A prompt is created, read, listed, found by name and tag, and deleted; the first version is the default',
  ),
  'prompts-versions': rules(
    'prompts',
    'An update is a new version; versions are compared, copied, made the default and archived, except the default one',
  ),
  'prompts-concurrency': rules('prompts', 'If-Match with an outdated ETag is 412 and changes nothing'),
  'prompts-audit': rules(
    'prompts',
    'Every change of a prompt is in its audit trail, also after its deletion',
  ),
  'prompts-owner': rules('prompts', "Another caller's prompt is 404 in the same words as an unknown one"),
  'prompts-refused': rules(
    'prompts',
    'A version that cannot run is refused when it is saved, and the error names the field',
  ),
  'prompts-render': rules('prompts', 'A saved or unsaved prompt is rendered without a model call'),
  'prompts-run': rules(
    'prompts',
    'The stock client runs a prompt by id, version and variables, plain, streaming and in the background',
  ),
  'prompts-override': rules('prompts', "A request's own fields override those of the version"),
  'prompts-items': rules(
    'prompts',
    "A variable may be an image or a file and keeps its place in a message's text",
  ),
  'prompts-variables': rules(
    'prompts',
    'Variables that do not fit are 400, each kind with its code and param',
  ),
  'prompts-output': rules(
    'prompts',
    'An answer that does not fit the output schema is requested again up to the limit, then the run fails',
  ),
  'prompts-schema-bounds': rules(
    'prompts',
    'Variables whose check costs too much are 400, and other requests are answered meanwhile',
  ),
  'prompts-bounds': rules(
    'prompts',
    'A template that exceeds its limits is 400, and the service keeps running',
  ),
  'output-format': rules('prompts', 'An answer that does not fit the schema of text.format fails the run'),
  'prompts-events': rules('prompts', 'Each new version of a prompt publishes an event'),
} satisfies Record<string, Requirement>;
