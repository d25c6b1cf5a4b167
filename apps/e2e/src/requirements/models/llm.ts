import { openai, type Requirement } from '../requirement.ts';

/** The chat completions of the llm service. */
export const llmRequirements = {
  'llm-models': openai('Models', 'models.list and models.retrieve'),
  'llm-chat': openai('Chat completions', 'The stock client gets a completion, plain and streamed'),
  'llm-tools': openai('Chat completions', 'Completions have tool calls, plain and streamed'),
  'llm-errors': openai('Chat completions', 'The stock client throws its own error classes'),
} satisfies Record<string, Requirement>;
