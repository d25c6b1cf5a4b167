import { type ApiDescription, type ApiReply, OpenaiErrorReply } from '@antiphon/dialects';
import { z } from 'zod';
import { ContentChange, PromptContent } from './content/prompt-content.ts';
import {
  CopyBody,
  Filter,
  NewPromptBody,
  PageParameters,
  PromptEditBody,
  RenderBody,
  VersionBody,
} from './prompt-wire.ts';

const unixTime = z.int().nonnegative();

const NewPrompt = NewPromptBody.extend(ContentChange.shape);
const PromptEdit = PromptEditBody.extend(ContentChange.shape);
const Preview = RenderBody.omit({ version: true }).extend(ContentChange.shape);

const PromptLabels = z.looseObject({
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
const versionFields = {
  version: z.string(),
  is_default: z.boolean(),
  note: z.string().nullable(),
  version_created_at: unixTime,
  archived_at: unixTime.nullable(),
  variables: z.array(z.looseObject({ name: z.string(), required: z.boolean() })),
  ...PromptContent.shape,
};
const Prompt = PromptLabels.extend(versionFields);
const PromptVersion = z.looseObject({
  object: z.literal('prompt.version'),
  prompt_id: z.string(),
  ...versionFields,
});
const PromptChange = z.looseObject({
  id: z.string(),
  object: z.literal('prompt.change'),
  action: z.string(),
  version: z.string().nullable(),
  actor: z.looseObject({ id: z.string(), kind: z.string() }),
  details: z.looseObject({}),
  created_at: unixTime,
});
const PromptDiff = z.looseObject({
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
const RenderedPrompt = z.looseObject({
  object: z.literal('prompt.rendered'),
  prompt: z.looseObject({ id: z.string(), version: z.string() }).nullable(),
  instructions: z.string().nullable(),
  input: z.array(z.unknown()),
});
const DeletedPrompt = z.looseObject({
  id: z.string(),
  object: z.literal('prompt'),
  deleted: z.literal(true),
});
const PromptList = pageOf(PromptLabels);
const VersionList = pageOf(PromptVersion);
const ChangeList = pageOf(PromptChange);

const OneVersion = z.object({ version: z.string().optional() });
const TwoVersions = z.object({ from: z.string().optional(), to: z.string().optional() });
const ListQuery = PageParameters.extend(Filter.shape);

function pageOf(entry: z.ZodType) {
  return z.looseObject({
    object: z.literal('list'),
    data: z.array(entry),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });
}

function reply(description: string, json: z.ZodType): ApiReply {
  return { status: 200, description, json };
}

const base = '/v1/prompts';
const one = `${base}/{id}`;

export function describePrompts(): ApiDescription {
  return {
    name: 'prompts',
    title: 'Antiphon: prompts',
    schemas: {
      requests: { NewPrompt, PromptEdit, Preview, CopyBody, VersionBody, RenderBody },
      replies: {
        Prompt,
        PromptLabels,
        PromptList,
        PromptVersion,
        VersionList,
        PromptChange,
        ChangeList,
        PromptDiff,
        RenderedPrompt,
        DeletedPrompt,
        ErrorReply: OpenaiErrorReply,
      },
    },
    failure: OpenaiErrorReply,
    routes: [
      {
        method: 'post',
        path: base,
        name: 'create',
        summary: 'Make a prompt; its first version is the default',
        body: NewPrompt,
        reply: reply('The prompt', Prompt),
      },
      {
        method: 'get',
        path: base,
        name: 'list',
        summary: 'Your prompts, newest first',
        query: ListQuery,
        reply: reply('A page of prompts', PromptList),
      },
      {
        method: 'post',
        path: `${base}/preview`,
        name: 'preview',
        summary: 'What an unsaved prompt would send to the model',
        body: Preview,
        reply: reply('The rendered prompt', RenderedPrompt),
      },
      {
        method: 'get',
        path: one,
        name: 'retrieve',
        summary: 'The default version, or the one named',
        query: OneVersion,
        reply: reply('The prompt', Prompt),
      },
      {
        method: 'patch',
        path: one,
        name: 'update',
        summary: 'Change its labels; other content is a new version',
        body: PromptEdit,
        reply: reply('The prompt', Prompt),
      },
      {
        method: 'delete',
        path: one,
        name: 'delete',
        summary: 'Delete it with all its versions',
        reply: reply('What was deleted', DeletedPrompt),
      },
      {
        method: 'get',
        path: `${one}/versions`,
        name: 'listVersions',
        summary: 'Its versions, newest first',
        query: PageParameters,
        reply: reply('A page of versions', VersionList),
      },
      {
        method: 'get',
        path: `${one}/diff`,
        name: 'diff',
        summary: 'Where two versions differ',
        query: TwoVersions,
        reply: reply('The differences', PromptDiff),
      },
      {
        method: 'get',
        path: `${one}/audit`,
        name: 'listChanges',
        summary: 'What was done to it, newest first, also once it is deleted',
        query: PageParameters,
        reply: reply('A page of changes', ChangeList),
      },
      {
        method: 'post',
        path: `${one}/copy`,
        name: 'copy',
        summary: 'A new prompt with a version of this one',
        body: CopyBody,
        reply: reply('The new prompt', Prompt),
      },
      {
        method: 'post',
        path: `${one}/default`,
        name: 'setDefault',
        summary: 'Make a version the one that runs where none is named',
        body: VersionBody,
        reply: reply('The prompt', Prompt),
      },
      {
        method: 'post',
        path: `${one}/versions/{version}/archive`,
        name: 'archiveVersion',
        summary: 'Take a version out of use',
        reply: reply('The version', Prompt),
      },
      {
        method: 'post',
        path: `${one}/render`,
        name: 'render',
        summary: 'What a version would send to the model',
        body: RenderBody,
        reply: reply('The rendered prompt', RenderedPrompt),
      },
    ],
  };
}
