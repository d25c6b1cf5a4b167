import { useCallback, useState } from 'react';
import type { Content, Prompt, PromptEdit } from '../api/content/prompts.ts';
import { contentOf, emptyContent } from '../content/content.ts';
import { ownLabel } from '../content/tools.ts';

/** A prompt as its user edits it. */
export interface PromptDraft {
  name: string;
  description: string;
  /** Separated by commas. */
  tags: string;
  content: Content;
}

export function newDraft(): PromptDraft {
  const tools = [{ type: 'mcp', server_label: ownLabel }];
  return { name: '', description: '', tags: '', content: { ...emptyContent, system_prompt: '', tools } };
}

export function draftOf(prompt: Prompt): PromptDraft {
  const { name, description, tags } = prompt;
  return { name, description: description ?? '', tags: tags.join(', '), content: contentOf(prompt) };
}

function labelsOf({ name, description, tags }: PromptDraft) {
  return {
    name: name.trim(),
    description: description.trim() === '' ? null : description.trim(),
    tags: tags
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  };
}

export function hasNewContent(draft: PromptDraft, base: PromptDraft): boolean {
  return !isEqual(draft.content, base.content);
}

export function isChanged(draft: PromptDraft, base: PromptDraft): boolean {
  return hasNewContent(draft, base) || !isEqual(labelsOf(draft), labelsOf(base));
}

/** What saving a draft sends. Labels alone make no new version. */
export function editOf(draft: PromptDraft, base: PromptDraft | null): PromptEdit & { name: string } {
  return {
    ...labelsOf(draft),
    ...((base === null || hasNewContent(draft, base)) && draft.content),
  };
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** A draft that survives a reload of its tab, by the key of what it edits. `forget` drops it: what was saved is shown again. */
export function useKeptDraft(key: string, saved: PromptDraft) {
  const place = `antiphon.prompt.${key}`;
  const [kept, setKept] = useState<PromptDraft | null>(() => read(place));
  const change = useCallback(
    (changes: Partial<PromptDraft>) => {
      setKept((before) => {
        const after = { ...(before ?? saved), ...changes };
        sessionStorage.setItem(place, JSON.stringify(after));
        return after;
      });
    },
    [place, saved],
  );
  const forget = useCallback(() => {
    sessionStorage.removeItem(place);
    setKept(null);
  }, [place]);
  return { draft: kept ?? saved, change, forget };
}

function read(place: string): PromptDraft | null {
  const text = sessionStorage.getItem(place);
  return text === null ? null : (JSON.parse(text) as PromptDraft);
}
