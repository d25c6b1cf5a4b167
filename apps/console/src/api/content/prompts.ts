import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getJson, send, sendJson } from '../http.ts';

export type JsonObject = Record<string, unknown>;

export interface ContentMessage {
  role: 'user' | 'assistant' | 'system' | 'developer';
  /** A template, or content parts whose texts are templates. */
  content: string | JsonObject[];
}

/** What a version of a prompt is made of: the fields of a create of `/v1/responses`, with templates. */
export interface Content {
  /** Null: the request names the model. */
  model: string | null;
  settings: JsonObject;
  system_prompt: string | null;
  system_role: 'system' | 'developer';
  messages: ContentMessage[];
  tools: JsonObject[];
  tool_choice: unknown;
  input_schema: JsonObject | null;
  output_schema: JsonObject | null;
  validation_rules: JsonObject[];
  retry_limit: number;
  stream: boolean;
}

export interface Variable {
  name: string;
  required: boolean;
}

/** A prompt of a list. Times are Unix seconds. */
export interface PromptLabels {
  id: string;
  name: string;
  description: string | null;
  tags: string[];
  default_version: string;
  latest_version: string;
  etag: string;
  created_at: number;
  updated_at: number;
}

export interface VersionFields extends Content {
  version: string;
  is_default: boolean;
  note: string | null;
  version_created_at: number;
  archived_at: number | null;
  variables: Variable[];
}

export type Prompt = PromptLabels & VersionFields;

/** What a request to save a prompt may change; a change of the content makes a version. */
export interface PromptEdit extends Partial<Content> {
  name?: string;
  description?: string | null;
  tags?: string[];
  note?: string | null;
  set_default?: boolean;
}

/** A rendered prompt: the fields of a create. */
export type Rendered = JsonObject & { instructions: string | null; input: JsonObject[] };

interface Page<Entry> {
  data: Entry[];
  last_id: string | null;
  has_more: boolean;
}

const base = '/v1/prompts';
const at = (id: string) => `${base}/${encodeURIComponent(id)}`;
const pageSize = 50;

/** The caller's prompts, newest first, a page at a time. */
export function usePrompts(filters: { name?: string | undefined; tag?: string | undefined }) {
  return useInfiniteQuery({
    queryKey: ['prompts', filters],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize) });
      if (filters.name) search.set('name', filters.name);
      if (filters.tag) search.set('tag', filters.tag);
      if (pageParam !== null) search.set('after', pageParam);
      return getJson<Page<PromptLabels>>(`${base}?${search}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ has_more: hasMore, last_id: last }) => (hasMore ? last : null),
    placeholderData: keepPreviousData,
  });
}

/** The named version of a prompt, or its default one. */
export function readPrompt(id: string, version: string | undefined, signal?: AbortSignal): Promise<Prompt> {
  return getJson<Prompt>(`${at(id)}${version === undefined ? '' : `?version=${version}`}`, signal);
}

export function usePrompt(id: string | undefined, version?: string) {
  return useQuery({
    queryKey: ['prompt', id, version ?? 'default'],
    queryFn: ({ signal }) => readPrompt(id ?? '', version, signal),
    enabled: id !== undefined,
  });
}

/** The versions of a prompt, newest first, a page at a time. */
export function useVersions(id: string) {
  return useInfiniteQuery({
    queryKey: ['prompt', id, 'versions'],
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<VersionFields>>(
        `${at(id)}/versions?limit=${pageSize}${pageParam === null ? '' : `&after=${pageParam}`}`,
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ has_more: hasMore, last_id: last }) => (hasMore ? last : null),
  });
}

export function createPrompt(prompt: PromptEdit & { name: string; id?: string }): Promise<Prompt> {
  return sendJson<Prompt>(base, { method: 'POST', body: prompt });
}

/** Saves where the prompt is still as `etag` says; otherwise throws an ApiError with the status 412. */
export function savePrompt(id: string, etag: string, edit: PromptEdit): Promise<Prompt> {
  return sendJson<Prompt>(at(id), { method: 'PATCH', body: edit, headers: { 'if-match': etag } });
}

export function setDefaultVersion(id: string, etag: string, version: string): Promise<Prompt> {
  const headers = { 'if-match': etag };
  return sendJson<Prompt>(`${at(id)}/default`, { method: 'POST', body: { version }, headers });
}

/** A new prompt that begins with a version of this one. */
export function copyPrompt(id: string, version: string): Promise<Prompt> {
  return sendJson<Prompt>(`${at(id)}/copy`, { method: 'POST', body: { version } });
}

/** An archived version can be read, and no longer run. */
export function archiveVersion(id: string, etag: string, version: string): Promise<Prompt> {
  const headers = { 'if-match': etag };
  return sendJson<Prompt>(`${at(id)}/versions/${version}/archive`, { method: 'POST', headers });
}

export async function deletePrompt(id: string, etag: string): Promise<void> {
  await send(at(id), { method: 'DELETE', headers: { 'if-match': etag } });
}

/** The variables that a content takes. Throws an ApiError for a content that cannot run. */
export async function checkContent(content: Content, signal?: AbortSignal): Promise<Variable[]> {
  const options = { method: 'POST', body: content, signal } as const;
  return (await sendJson<{ variables: Variable[] }>(`${base}/check`, options)).variables;
}

/** The create that a content becomes with these variables. */
export async function renderContent(
  content: Content,
  variables: JsonObject,
  signal?: AbortSignal,
): Promise<Rendered> {
  const body = { ...content, variables };
  const rendered = await sendJson<Rendered>(`${base}/preview`, { method: 'POST', body, signal });
  const { object: _object, prompt: _prompt, ...create } = rendered;
  return create;
}
