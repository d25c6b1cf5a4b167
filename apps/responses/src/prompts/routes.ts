import { type Api, decoded, defineRoute } from '@antiphon/contracts';
import { OpenaiErrorReply } from '@antiphon/dialects';
import { z } from 'zod';
import { ContentChange } from './content/prompt-content.ts';
import {
  ChangeList,
  CheckedPrompt,
  CopyBody,
  DeletedPrompt,
  IfMatchHeader,
  ListQuery,
  NewPrompt,
  NumberedPage,
  OneVersion,
  Preview,
  Prompt,
  PromptChange,
  PromptDiff,
  PromptEdit,
  PromptLabels,
  PromptList,
  PromptVersion,
  RenderBody,
  RenderedPrompt,
  TwoVersions,
  Version,
  VersionBody,
  VersionList,
} from './prompt-schemas.ts';
import {
  decodeCopy,
  decodeEdit,
  decodeFilter,
  decodeIfMatch,
  decodeNew,
  decodePage,
  decodePreview,
  decodeRender,
  versionOf,
} from './prompt-wire.ts';

const base = '/v1/prompts';
const one = `${base}/{id}` as const;

const ifMatch = decoded(IfMatchHeader, (headers) => decodeIfMatch(headers['If-Match']));

export const promptRoutes = {
  create: defineRoute({
    method: 'post',
    path: base,
    name: 'create',
    summary: 'Create a prompt; its first version is the default',
    body: decoded(NewPrompt, decodeNew),
    reply: reply('The prompt', Prompt),
  }),
  list: defineRoute({
    method: 'get',
    path: base,
    name: 'list',
    summary: 'Your prompts, newest first',
    query: decoded(ListQuery, (query) => ({ filter: decodeFilter(query), page: decodePage(query) })),
    reply: reply('A page of prompts', PromptList),
  }),
  check: defineRoute({
    method: 'post',
    path: `${base}/check`,
    name: 'check',
    summary: 'Check a content without saving it, and list the variables that it takes',
    body: ContentChange,
    reply: reply('The variables', CheckedPrompt),
  }),
  preview: defineRoute({
    method: 'post',
    path: `${base}/preview`,
    name: 'preview',
    summary: 'Render a prompt without saving it',
    body: decoded(Preview, decodePreview),
    reply: reply('The rendered prompt', RenderedPrompt),
  }),
  retrieve: defineRoute({
    method: 'get',
    path: one,
    name: 'retrieve',
    summary: 'The default version of a prompt, or the named one',
    query: decoded(OneVersion, ({ version }) => versionOf(version)),
    reply: reply('The prompt', Prompt),
  }),
  update: defineRoute({
    method: 'patch',
    path: one,
    name: 'update',
    summary: "Change a prompt's labels; a change of its content makes a new version",
    headers: ifMatch,
    body: decoded(PromptEdit, decodeEdit),
    reply: reply('The prompt', Prompt),
  }),
  remove: defineRoute({
    method: 'delete',
    path: one,
    name: 'delete',
    summary: 'Delete a prompt with all its versions',
    headers: ifMatch,
    reply: reply('The deleted prompt', DeletedPrompt),
  }),
  listVersions: defineRoute({
    method: 'get',
    path: `${one}/versions`,
    name: 'listVersions',
    summary: 'Its versions, newest first',
    query: decoded(NumberedPage, decodePage),
    reply: reply('A page of versions', VersionList),
  }),
  diff: defineRoute({
    method: 'get',
    path: `${one}/diff`,
    name: 'diff',
    summary: 'The differences of two versions',
    query: decoded(TwoVersions, ({ from, to }) => ({ from: versionOf(from), to: versionOf(to) })),
    reply: reply('The differences', PromptDiff),
  }),
  listChanges: defineRoute({
    method: 'get',
    path: `${one}/audit`,
    name: 'listChanges',
    summary: 'The changes of a prompt, newest first, also after its deletion',
    query: decoded(NumberedPage, decodePage),
    reply: reply('A page of changes', ChangeList),
  }),
  copy: defineRoute({
    method: 'post',
    path: `${one}/copy`,
    name: 'copy',
    summary: 'Copy a version of a prompt into a new prompt',
    body: decoded(CopyBody, decodeCopy),
    reply: reply('The new prompt', Prompt),
  }),
  setDefault: defineRoute({
    method: 'post',
    path: `${one}/default`,
    name: 'setDefault',
    summary: 'Make a version the default',
    headers: ifMatch,
    body: decoded(VersionBody, ({ version }) => Number(version)),
    reply: reply('The prompt', Prompt),
  }),
  archive: defineRoute({
    method: 'post',
    path: `${one}/versions/{version}/archive`,
    name: 'archiveVersion',
    summary: 'Archive a version',
    params: z.object({ id: z.string(), version: Version }),
    headers: ifMatch,
    reply: reply('The version', Prompt),
  }),
  render: defineRoute({
    method: 'post',
    path: `${one}/render`,
    name: 'render',
    summary: 'Render a version',
    body: decoded(RenderBody, decodeRender),
    reply: reply('The rendered prompt', RenderedPrompt),
  }),
};

export const promptsApi: Api = {
  name: 'prompts',
  title: 'Antiphon: prompts',
  schemas: {
    requests: { ContentChange, NewPrompt, PromptEdit, Preview, CopyBody, VersionBody, RenderBody },
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
      CheckedPrompt,
      DeletedPrompt,
      ErrorReply: OpenaiErrorReply,
    },
  },
  failure: OpenaiErrorReply,
  routes: Object.values(promptRoutes),
};

function reply<Json extends z.ZodType>(description: string, json: Json) {
  return { status: 200, description, json };
}
