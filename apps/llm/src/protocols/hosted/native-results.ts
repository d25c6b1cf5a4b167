import type {
  CallDetailOf,
  ErrorInfo,
  HostedResult,
  ImageGenerationDetail,
  WebSearchDetail,
} from '@antiphon/contracts';

/* The results of calls that providers run, in the form of those that run here. */

/** The functions of web search, whose calls other models know. */
const functionNames = {
  search: 'web_search',
  open_page: 'web_search_open_page',
  find_in_page: 'web_search_find_in_page',
} as const;

/** A search or a page. The text of pages is not part of it, since most providers keep it to themselves. */
export function webSearchResult(action: WebSearchDetail['action'], error: ErrorInfo | null): HostedResult {
  return {
    name: functionNames[action.type],
    output: error?.message ?? foundText(action),
    detail: { kind: 'web_search', action },
    error,
  };
}

/** The arguments of the function that does the same here. */
export function webSearchArguments(action: WebSearchDetail['action']): string {
  if (action.type === 'search') return JSON.stringify({ queries: action.queries });
  const { type: _type, ...args } = action;
  return JSON.stringify(args);
}

function foundText(action: WebSearchDetail['action']): string {
  if (action.type !== 'search') return `The page ${action.url} was read.`;
  if (action.results.length === 0) return 'The search was made.';
  const lines = action.results.map(({ url, title }) => (title === '' ? url : `${title}\n${url}`));
  return `These pages were found:\n${lines.join('\n')}`;
}

/** Code that ran. */
export function codeResult(
  { containerId, outputs }: Omit<CallDetailOf<'code_interpreter'>, 'kind'>,
  error: ErrorInfo | null,
): HostedResult {
  const logs = outputs.flatMap((output) => (output.type === 'logs' ? [output.logs] : [])).join('\n');
  const images = outputs.flatMap((output) =>
    output.type === 'image' && output.url.startsWith('data:')
      ? [{ type: 'image' as const, url: output.url }]
      : [],
  );
  return {
    output: logs !== '' ? logs : (error?.message ?? 'The code printed nothing.'),
    ...(images.length > 0 && { images }),
    detail: { kind: 'code_interpreter', containerId, outputs },
    error,
  };
}

/** An image that was made; null: none was. */
export function imageResult(
  image: { format: string; base64: string } | null,
  detail: Omit<ImageGenerationDetail, 'kind'>,
): HostedResult {
  const error: ErrorInfo | null =
    image === null ? { code: 'model_error', message: 'The provider made no image.' } : null;
  return {
    output: error?.message ?? 'The image was made.',
    ...(image && {
      images: [{ type: 'image', url: `data:image/${image.format};base64,${image.base64}` }],
    }),
    detail: { kind: 'image_generation', ...detail },
    error,
  };
}
