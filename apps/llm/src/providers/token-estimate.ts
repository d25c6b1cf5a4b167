import { type ContentPart, type Item, type ModelRequest, textOf, type Usage } from '@antiphon/contracts';

/** Characters of a token: the average of the common tokenizers for English. */
export const charactersPerToken = 4;
/** Tokens of a message beside its text, and of an image of medium size. */
const tokensPerItem = 4;
const tokensPerImage = 765;

/** The estimated tokens of a number of characters. */
export function estimateTokens(length: number): number {
  return Math.ceil(length / charactersPerToken);
}

/** The usage of an answer without counts of the provider, so that a run never seems to cost nothing. Lengths are characters. */
export function estimatedUsage(
  inputTokens: number,
  { thoughtLength, answerLength }: { thoughtLength: number; answerLength: number },
): Usage {
  const reasoningTokens = estimateTokens(thoughtLength);
  const outputTokens = estimateTokens(answerLength) + reasoningTokens;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cachedInputTokens: 0,
    reasoningTokens,
  };
}

/** The size of a request, for providers that do not count. */
export function estimateInputTokens(request: Pick<ModelRequest, 'instructions' | 'items' | 'tools'>): number {
  let tokens = estimateTokens(request.instructions?.length ?? 0);
  if (request.tools.length > 0) tokens += estimateTokens(JSON.stringify(request.tools).length);
  for (const item of request.items) tokens += tokensPerItem + estimateItemTokens(item);
  return tokens;
}

function estimateItemTokens(item: Item): number {
  switch (item.type) {
    case 'message':
      return estimateTokens(textOf(item.content).length) + imagesOf(item.content) * tokensPerImage;
    case 'function_call':
      return estimateTokens(item.name.length + item.arguments.length);
    case 'function_call_output':
      return estimateTokens(textOf(item.output).length) + imagesOf(item.output) * tokensPerImage;
    case 'reasoning':
    case 'mcp_list_tools':
    case 'additional_tools':
    case 'approval_response':
    case 'compaction':
      return 0;
  }
}

function imagesOf(content: string | readonly ContentPart[]): number {
  return typeof content === 'string' ? 0 : content.filter((part) => part.type === 'image').length;
}
