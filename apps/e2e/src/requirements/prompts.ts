import type { Requirement } from '../requirements.ts';

const rules = (text: string) => ({
  source: { document: 'API rules' as const, section: 'prompts' },
  text,
});

/** Prompts: written at /v1/prompts, run by /v1/responses. */
export const promptRequirements = {
  'prompts-write': rules(
    'A prompt is made, read, listed, found by name and tag, and deleted; the first version is the default',
  ),
  'prompts-versions': rules(
    'An update is a new version; versions are compared, copied, made the default and archived, but for the default one',
  ),
  'prompts-concurrency': rules('If-Match with an ETag that is not current is 412, and changes nothing'),
  'prompts-audit': rules('Every change of a prompt is in its audit trail, also once it is deleted'),
  'prompts-owner': rules("Someone else's prompt is 404 in the same words as an unknown one"),
  'prompts-refused': rules('What cannot be run is refused when it is saved, and the field is named'),
  'prompts-render': rules('A saved or unsaved prompt shows what it would send to the model, without a model'),
  'prompts-run': rules(
    'The stock client runs a prompt by id, version and variables, plain, streaming and in the background',
  ),
  'prompts-override': rules("A request's own fields hold over those of the version"),
  'prompts-items': rules(
    "A variable may be an image or a file, and stands where it stands in a message's text",
  ),
  'prompts-variables': rules('Variables that do not fit are 400, each kind with its code and param'),
  'prompts-output': rules(
    'An answer that does not fit the output schema is asked for again up to the limit, then the run fails',
  ),
  'prompts-bounds': rules('A template that wants too much is 400, and the service lives'),
  'output-format': rules('An answer that does not fit the schema of text.format fails the run'),
  'prompts-events': rules('Each version that can be used from now on is told as an event'),
} satisfies Record<string, Requirement>;
