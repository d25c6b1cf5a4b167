import type { JsonObject, JsonValue } from '@antiphon/contracts';
import type { z } from 'zod';
import type { CreateBody } from './content/prompt-body.ts';
import type * as wire from './prompt-schemas.ts';
import type { IfMatch } from './prompt-changes.store.ts';
import type { Page, PageQuery, PromptFilter } from './prompt.store.ts';
import type { Prompt, PromptChange, PromptVersion } from './prompt.ts';
import type { NewPrompt, PromptEdit, PromptWithVersion } from './prompts.service.ts';

/* Encodes and decodes prompts, with the field names of /v1/responses. Times are Unix seconds, versions are strings there. */

export function decodeNew(body: z.output<typeof wire.NewPrompt>): NewPrompt {
  const { id, name, description, tags, note } = body;
  return {
    id: id ?? null,
    labels: { name, description: description ?? null, tags: tags ?? [] },
    content: body,
    note: note ?? null,
  };
}

export function decodeEdit(body: z.output<typeof wire.PromptEdit>): PromptEdit {
  const { name, description, tags, note, set_default } = body;
  return {
    labels: {
      ...(typeof name === 'string' && { name }),
      ...(description !== undefined && { description }),
      ...(tags !== undefined && { tags: tags ?? [] }),
    },
    content: body,
    note: note ?? null,
    isDefault: set_default ?? false,
  };
}

export function decodeCopy({ id, name, version }: z.output<typeof wire.CopyBody>) {
  return { newId: id ?? null, name: name ?? null, version: versionOf(version) };
}

/** Null where no version is named. */
export function versionOf(version: string | number | null | undefined): number | null {
  return version === null || version === undefined ? null : Number(version);
}

export function decodeRender({ version, variables, input }: z.output<typeof wire.RenderBody>): {
  version: number | null;
  variables: JsonObject;
  input: JsonValue;
} {
  return { version: versionOf(version), variables: variables ?? {}, input: input ?? null };
}

export function decodePreview(body: z.output<typeof wire.Preview>) {
  return { ...decodeRender(body), content: body };
}

export function decodePage({ after, limit, order }: z.output<typeof wire.PageParameters>): PageQuery {
  return { after: after ?? null, limit, order };
}

export function decodeFilter({ name, tag }: z.output<typeof wire.ListQuery>): PromptFilter {
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

export function encodePrompt({ prompt, version }: PromptWithVersion): z.input<typeof wire.Prompt> {
  return { ...encodeLabels(prompt), ...encodeVersionFields(prompt, version) };
}

export function encodePrompts({ entries, hasMore }: Page<Prompt>): z.input<typeof wire.PromptList> {
  return listOf(entries.map(encodeLabels), ({ id }) => id, hasMore);
}

export function encodeVersions(
  id: string,
  { entries, hasMore }: Page<PromptVersion>,
  prompt: Prompt,
): z.input<typeof wire.VersionList> {
  const versions = entries.map((version) => ({
    object: 'prompt.version' as const,
    prompt_id: id,
    ...encodeVersionFields(prompt, version),
  }));
  return listOf(versions, ({ version }) => version, hasMore);
}

export function encodeAudit({ entries, hasMore }: Page<PromptChange>): z.input<typeof wire.ChangeList> {
  const changes = entries.map(({ id, action, version, details, actorId, actorKind, at }) => ({
    id,
    object: 'prompt.change' as const,
    action,
    version: version === null ? null : String(version),
    actor: { id: actorId, kind: actorKind },
    details,
    created_at: unixTime(at),
  }));
  return listOf(changes, ({ id }) => id, hasMore);
}

/** The rendered prompt as the fields of a create. */
export function encodeRendered(
  body: CreateBody & { input: JsonValue[] },
  prompt: { id: string; version: string } | null,
): z.input<typeof wire.RenderedPrompt> {
  return { object: 'prompt.rendered', prompt, instructions: null, ...body };
}

function encodeLabels(prompt: Prompt) {
  const { id, name, description, tags } = prompt;
  return {
    id,
    object: 'prompt' as const,
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
    variables: encodeVariables(version.variables),
    ...version.content,
  };
}

export function encodeVariables(variables: PromptVersion['variables']) {
  return variables.map(({ name, isOptional }) => ({ name, required: !isOptional }));
}

function listOf<Entry>(data: Entry[], idOf: (entry: Entry) => string, hasMore: boolean) {
  const [first, last] = [data[0], data.at(-1)];
  return {
    object: 'list' as const,
    data,
    first_id: first ? idOf(first) : null,
    last_id: last ? idOf(last) : null,
    has_more: hasMore,
  };
}

function unixTime(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
