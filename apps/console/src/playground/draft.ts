import { useCallback, useState } from 'react';

/** What a user has set and typed in the playground. */
export interface Draft {
  model: string;
  instructions: string;
  temperature: string;
  maxTokens: string;
  /** Whether the model may call the tools of this server. */
  hasTools: boolean;
  message: string;
}

const key = 'antiphon.playground';
const empty: Draft = {
  model: '',
  instructions: '',
  temperature: '',
  maxTokens: '',
  hasTools: true,
  message: '',
};

/** The draft of this tab. It survives a reload; it holds nothing secret. */
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
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // Without storage the draft lasts until the page is left.
  }
}

/** The fields of a create that the draft sets. */
export function requestOf(draft: Draft): Record<string, unknown> {
  const { model, instructions, temperature, maxTokens, hasTools } = draft;
  return {
    model: model || 'default',
    ...(instructions.trim() !== '' && { instructions }),
    ...(temperature !== '' && { temperature: Number(temperature) }),
    ...(maxTokens !== '' && { max_output_tokens: Number(maxTokens) }),
    ...(hasTools && { tools: [{ type: 'mcp', server_label: 'antiphon' }] }),
  };
}
