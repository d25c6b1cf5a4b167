import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError } from '../api/http.ts';
import { checkContent, type Content, type JsonObject, renderContent } from '../api/content/prompts.ts';
import type { TextFault } from '../ui/editor/json-fault.ts';
import { useRested } from '../ui/use-rested.ts';

/** The variables that an unsaved content takes, or why it cannot run. The last known variables stay while the content is faulty. */
export function useCheckedContent(content: Content, isEnabled = true) {
  const rested = useRested(content);
  return useQuery({
    queryKey: ['prompt-check', rested],
    queryFn: ({ signal }) => checkContent(rested, signal),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}

/** The create that an unsaved content becomes with these variables. */
export function usePreview(content: Content, variables: JsonObject) {
  const rested = useRested(content);
  const filled = useRested(variables);
  return useQuery({
    queryKey: ['prompt-preview', rested, filled],
    queryFn: ({ signal }) => renderContent(rested, filled, signal),
    placeholderData: keepPreviousData,
  });
}

/** Where the template of a field is wrong, as an error of the server says; null for other errors. */
export function templateFault(error: Error | null, field: string): TextFault | null {
  if (!(error instanceof ApiError) || error.code !== 'template_error') return null;
  if (error.param !== field && !error.param?.startsWith(`${field}[`)) return null;
  const place = /line (\d+), column (\d+): (.*)$/s.exec(error.message);
  return place
    ? { line: Number(place[1]), column: Number(place[2]), why: place[3] ?? '' }
    : { line: 1, column: 1, why: error.message };
}
