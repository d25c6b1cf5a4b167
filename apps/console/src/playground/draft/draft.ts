import { useCallback, useState } from 'react';
import type { WireItem } from '../../api/items.ts';
import { type Content, type JsonObject, type Prompt, renderContent } from '../../api/content/prompts.ts';
import { bodyOf, contentOf, emptyContent, hasTemplates, valuesOf } from '../../content/content.ts';
import { ownLabel, withoutCredentials } from '../../content/tools.ts';

/** A version of a stored prompt, as it was when it was opened. */
export interface OpenedPrompt {
  id: string;
  name: string;
  version: string;
  content: Content;
}

/** What a user has set and typed in the playground. */
export interface Draft {
  content: Content;
  /** The stored prompt that the content began as; null: none. */
  prompt: OpenedPrompt | null;
  /** The values of the variables of the content's templates; null: those that their form begins with. */
  variables: JsonObject | null;
  /** The items before the message, where the draft continues a stored run. */
  context: WireItem[];
  message: string;
}

const key = 'antiphon.playground.draft';
const empty: Draft = {
  content: { ...emptyContent, tools: [{ type: 'mcp', server_label: ownLabel }] },
  prompt: null,
  variables: null,
  context: [],
  message: '',
};

/** The draft of this tab. It survives a reload, without the credentials of MCP servers. */
export function useDraft(): [Draft, (changes: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(readDraft);
  const change = useCallback((changes: Partial<Draft>) => {
    setDraft((before) => {
      const after = { ...before, ...changes };
      writeDraft(after);
      return after;
    });
  }, []);
  return [draft, change];
}

function readDraft(): Draft {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    return { ...empty, ...(stored as Partial<Draft>) };
  } catch {
    return empty;
  }
}

function writeDraft(draft: Draft): void {
  const { content } = draft;
  const kept = { ...draft, content: { ...content, tools: withoutCredentials(content.tools) } };
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Without storage the draft lasts until the page is left.
  }
}

/** The draft's part that a stored prompt sets. */
export function draftOfPrompt(prompt: Prompt): Pick<Draft, 'content' | 'prompt' | 'variables'> {
  const content = contentOf(prompt);
  const { id, name, version } = prompt;
  return { content, prompt: { id, name, version, content }, variables: null };
}

/** Whether the draft runs the stored version itself, since nothing of it was changed. */
export function runsStoredVersion({ prompt, content }: Draft): boolean {
  return prompt !== null && JSON.stringify(prompt.content) === JSON.stringify(content);
}

/** A create of `/v1/responses` in two parts: its fields, and its input before the message. */
export interface Create {
  fields: JsonObject;
  input: JsonObject[];
}

/**
 * The create that a draft is, without its message. An unchanged prompt is named; templates that are not stored are rendered by the server. Throws
 * an ApiError for variables and templates that do not fit. `isExpanded`: a prompt is not named but rendered.
 */
export async function createOf(draft: Draft, isExpanded = false): Promise<Create> {
  const { content, prompt } = draft;
  const variables = valuesOf(content, draft.variables);
  if (prompt && !isExpanded && runsStoredVersion(draft)) {
    const reference = { id: prompt.id, version: prompt.version, variables };
    return { fields: { ...(content.model === null && { model: 'default' }), prompt: reference }, input: [] };
  }
  const takesVariables = content.input_schema !== null || hasTemplates(content);
  const body = takesVariables
    ? { model: 'default', ...(await renderContent(content, variables)) }
    : bodyOf(content);
  const { input, stream: _stream, instructions, ...fields } = body;
  return {
    fields: { ...fields, ...(instructions !== null && instructions !== '' && { instructions }) },
    input,
  };
}
