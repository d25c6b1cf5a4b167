import { JsonObject, JsonValue, read } from '@antiphon/contracts';
import { z } from 'zod';
import type { CreateBody } from './content/prompt-body.ts';
import { ContentChange } from './content/prompt-content.ts';
import type { IfMatch } from './prompt-changes.store.ts';
import type { Page, PageQuery, PromptFilter } from './prompt.store.ts';
import { isPromptId, type Prompt, type PromptChange, type PromptVersion } from './prompt.ts';
import type { NewPrompt, PromptEdit, PromptWithVersion } from './prompts.service.ts';

/* Prompts as the API reads and writes them, in the words of /v1/responses. Times are unix seconds, versions are strings there. */

const PromptId = z
  .string()
  .refine(
    isPromptId,
    'must be 1 to 64 letters, digits, dots, dashes and underscores, the first no dot or dash',
  );
const Name = z.string().min(1).max(256);
const Version = z.union([z.string().regex(/^[1-9]\d{0,8}$/), z.int().min(1).max(999_999_999)], {
  error: 'must be the number of a version',
});
const Labels = {
  description: z.string().max(4096).nullish(),
  tags: z.array(z.string().min(1).max(64)).max(32).nullish(),
};
const Note = { note: z.string().max(1024).nullish() };

export const NewPromptBody = z.object({ id: PromptId.nullish(), name: Name, ...Labels, ...Note });
export const PromptEditBody = z.object({
  name: Name.nullish(),
  ...Labels,
  ...Note,
  set_default: z.boolean().nullish(),
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

/** A request without a body counts as an empty object. */
function bodyOf(body: unknown): unknown {
  return body ?? {};
}

export function decodeNew(body: unknown): NewPrompt {
  const { id, name, description, tags, note } = read(NewPromptBody, bodyOf(body));
  return {
    id: id ?? null,
    labels: { name, description: description ?? null, tags: tags ?? [] },
    content: decodeContentChange(body),
    note: note ?? null,
  };
}

export function decodeContentChange(body: unknown): ContentChange {
  return read(ContentChange, bodyOf(body));
}

export function decodeEdit(body: unknown): PromptEdit {
  const { name, description, tags, note, set_default } = read(PromptEditBody, bodyOf(body));
  return {
    labels: {
      ...(typeof name === 'string' && { name }),
      ...(description !== undefined && { description }),
      ...(tags !== undefined && { tags: tags ?? [] }),
    },
    content: decodeContentChange(body),
    note: note ?? null,
    isDefault: set_default ?? false,
  };
}

export function decodeCopy(body: unknown) {
  const { id, name, version } = read(CopyBody, bodyOf(body));
  return { newId: id ?? null, name: name ?? null, version: version ? Number(version) : null };
}

export function decodeVersion(body: unknown): number {
  return Number(read(VersionBody, bodyOf(body)).version);
}

/** The version that a URL names; null where it names none. */
export function decodeVersionName(text: string | undefined, name: string): number | null {
  return text === undefined ? null : Number(read(Version, text, [name]));
}

export function decodeRender(body: unknown): {
  version: number | null;
  variables: JsonObject;
  input: JsonValue;
} {
  const { version, variables, input } = read(RenderBody, bodyOf(body));
  return {
    version: version ? Number(version) : null,
    variables: variables ?? {},
    input: input ?? null,
  };
}

const plain = /^[^\p{Cc}]*$/u;
export const PageParameters = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().max(128).regex(plain).optional(),
});
export const Filter = z.object({
  name: z.string().max(256).regex(plain).optional(),
  tag: z.string().max(64).regex(plain).optional(),
});

export function decodePage(query: unknown): PageQuery {
  const { after, ...page } = read(PageParameters, query);
  return { ...page, after: after ?? null };
}

/** The page query of a list of numbered entries: versions and changes. */
export function decodeNumberedPage(query: unknown): PageQuery {
  const page = decodePage(query);
  if (page.after !== null)
    read(z.string().regex(/^\d{1,9}$/, 'must be a number of the list'), page.after, ['after']);
  return page;
}

export function decodeFilter(query: unknown): PromptFilter {
  const { name, tag } = read(Filter, query);
  return { name: name ?? null, tag: tag ?? null };
}

/** The revisions of an If-Match header. An ETag of another form matches no revision. */
export function decodeIfMatch(header: string | undefined): IfMatch {
  if (header === undefined || header.trim() === '*') return null;
  return [...header.matchAll(/"(\d{1,9})"/g)].map(([, revision]) => Number(revision));
}

export function etagOf({ revision }: Prompt): string {
  return `"${revision}"`;
}

export function encodePrompt({ prompt, version }: PromptWithVersion): Record<string, unknown> {
  return { ...encodeLabels(prompt), ...encodeVersionFields(prompt, version) };
}

export function encodePrompts({ entries, hasMore }: Page<Prompt>): Record<string, unknown> {
  return listOf(entries.map(encodeLabels), ({ id }) => id, hasMore);
}

export function encodeVersions(id: string, { entries, hasMore }: Page<PromptVersion>, prompt: Prompt) {
  const versions = entries.map((version) => ({
    object: 'prompt.version',
    prompt_id: id,
    ...encodeVersionFields(prompt, version),
  }));
  return listOf(versions, ({ version }) => version, hasMore);
}

export function encodeAudit({ entries, hasMore }: Page<PromptChange>): Record<string, unknown> {
  const changes = entries.map(({ id, action, version, details, actorId, actorKind, at }) => ({
    id,
    object: 'prompt.change',
    action,
    version: version === null ? null : String(version),
    actor: { id: actorId, kind: actorKind },
    details,
    created_at: unixTime(at),
  }));
  return listOf(changes, ({ id }) => id, hasMore);
}

/** What would be sent to the model, as the fields of a create. */
export function encodeRendered(body: CreateBody, about: { id: string | null; version: string | null }) {
  return { object: 'prompt.rendered', prompt: about.id === null ? null : about, instructions: null, ...body };
}

function encodeLabels(prompt: Prompt) {
  const { id, name, description, tags } = prompt;
  return {
    id,
    object: 'prompt',
    name,
    description,
    tags,
    default_version: String(prompt.defaultVersion),
    latest_version: String(prompt.latestVersion),
    etag: etagOf(prompt),
    created_at: unixTime(prompt.createdAt),
    updated_at: unixTime(prompt.updatedAt),
  };
}

function encodeVersionFields({ defaultVersion }: Prompt, version: PromptVersion) {
  return {
    version: String(version.version),
    is_default: version.version === defaultVersion,
    note: version.note,
    version_created_at: unixTime(version.createdAt),
    archived_at: version.archivedAt && unixTime(version.archivedAt),
    variables: version.variables.map(({ name, isOptional }) => ({ name, required: !isOptional })),
    ...version.content,
  };
}

function listOf<Entry>(
  data: Entry[],
  idOf: (entry: Entry) => string,
  hasMore: boolean,
): Record<string, unknown> {
  const [first, last] = [data[0], data.at(-1)];
  return {
    object: 'list',
    data,
    first_id: first ? idOf(first) : null,
    last_id: last ? idOf(last) : null,
    has_more: hasMore,
  };
}

function unixTime(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
