import { JsonObject, JsonValue, pageOf } from '@antiphon/contracts';
import { z } from 'zod';
import { ContentChange, PromptContent } from './content/prompt-content.ts';
import { isPromptId } from './prompt.ts';

/* The schemas of the requests and replies of prompts. */

const PromptId = z
  .string()
  .refine(
    isPromptId,
    'must be 1 to 64 letters, digits, dots, dashes and underscores, the first no dot or dash',
  );
const Name = z.string().min(1).max(256);
export const Version = z.union([z.string().regex(/^[1-9]\d{0,8}$/), z.int().min(1).max(999_999_999)], {
  error: 'must be the number of a version',
});
const Labels = {
  description: z.string().max(4096).nullish(),
  tags: z.array(z.string().min(1).max(64)).max(32).nullish(),
};
const Note = { note: z.string().max(1024).nullish() };

export const NewPrompt = z.object({
  id: PromptId.nullish(),
  name: Name,
  ...Labels,
  ...Note,
  ...ContentChange.shape,
});
export const PromptEdit = z.object({
  name: Name.nullish(),
  ...Labels,
  ...Note,
  set_default: z.boolean().nullish(),
  ...ContentChange.shape,
});
export const CopyBody = z.object({
  id: PromptId.nullish(),
  name: Name.nullish(),
  version: Version.nullish(),
});
export const VersionBody = z.object({ version: Version });
export const RenderBody = z.object({
  version: Version.nullish(),
  variables: JsonObject.nullish(),
  input: JsonValue.nullish(),
});
export const Preview = RenderBody.omit({ version: true }).extend(ContentChange.shape);

/** A version that a URL names. */
const VersionName = z
  .string({ error: 'must be the number of a version' })
  .regex(/^[1-9]\d{0,8}$/, 'must be the number of a version');
export const OneVersion = z.object({ version: VersionName.optional() });
export const TwoVersions = z.object({ from: VersionName.optional(), to: VersionName.optional() });

const plain = /^[^\p{Cc}]*$/u;
export const PageParameters = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().max(128).regex(plain).optional(),
});
const Filter = z.object({
  name: z.string().max(256).regex(plain).optional(),
  tag: z.string().max(64).regex(plain).optional(),
});
export const ListQuery = PageParameters.extend(Filter.shape);
/** For lists whose entries are numbered: versions, and changes. */
export const NumberedPage = PageParameters.extend({
  after: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of the list')
    .optional(),
});

/** The revision that a change is for. */
export const IfMatchHeader = z.object({ 'If-Match': z.string().optional() });

const unixTime = z.int().nonnegative();

export const PromptLabels = z.looseObject({
  id: z.string(),
  object: z.literal('prompt'),
  name: z.string(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  default_version: z.string(),
  latest_version: z.string(),
  etag: z.string(),
  created_at: unixTime,
  updated_at: unixTime,
});
const Variables = z.array(z.looseObject({ name: z.string(), required: z.boolean() }));
const versionFields = {
  version: z.string(),
  is_default: z.boolean(),
  note: z.string().nullable(),
  version_created_at: unixTime,
  archived_at: unixTime.nullable(),
  variables: Variables,
  ...PromptContent.shape,
};
export const Prompt = PromptLabels.extend(versionFields);
export const PromptVersion = z.looseObject({
  object: z.literal('prompt.version'),
  prompt_id: z.string(),
  ...versionFields,
});
export const PromptChange = z.looseObject({
  id: z.string(),
  object: z.literal('prompt.change'),
  action: z.string(),
  version: z.string().nullable(),
  actor: z.looseObject({ id: z.string(), kind: z.string() }),
  details: z.looseObject({}),
  created_at: unixTime,
});
export const PromptDiff = z.looseObject({
  object: z.literal('prompt.diff'),
  prompt_id: z.string(),
  from: z.string(),
  to: z.string(),
  changes: z.array(
    z.looseObject({
      path: z.string(),
      op: z.enum(['added', 'removed', 'changed']),
      from: z.unknown().optional(),
      to: z.unknown().optional(),
    }),
  ),
});
export const RenderedPrompt = z.looseObject({
  object: z.literal('prompt.rendered'),
  prompt: z.looseObject({ id: z.string(), version: z.string() }).nullable(),
  instructions: z.string().nullable(),
  input: z.array(z.unknown()),
});
/** What a checked content takes. */
export const CheckedPrompt = z.looseObject({ object: z.literal('prompt.checked'), variables: Variables });
export const DeletedPrompt = z.looseObject({
  id: z.string(),
  object: z.literal('prompt'),
  deleted: z.literal(true),
});
export const PromptList = pageOf(PromptLabels);
export const VersionList = pageOf(PromptVersion);
export const ChangeList = pageOf(PromptChange);
