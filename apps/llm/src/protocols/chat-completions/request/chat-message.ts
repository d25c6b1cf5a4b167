import type { JsonObject } from '@antiphon/contracts';
import type { ChatCompletionContentPart } from 'openai/resources/chat/completions';

/** A content part of a message. The last two exist at Mistral only. */
export type ChatPart =
  | ChatCompletionContentPart
  | { type: 'document_url'; document_url: string; document_name?: string }
  | { type: 'thinking'; thinking: { type: 'text'; text: string }[] };

/** Fields for reasoning in assistant messages; the client library does not declare them. */
export interface ThoughtFields {
  reasoning_content?: string;
  reasoning?: string;
  reasoning_text?: string;
  reasoning_details?: JsonObject[];
}

export interface ChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  extra_content?: JsonObject;
}

export interface AssistantMessage extends ThoughtFields {
  role: 'assistant';
  content: string | ChatPart[] | null;
  tool_calls?: ChatToolCall[];
}

export interface UserMessage {
  role: 'user';
  content: string | ChatPart[];
}

/** A message of a chat completion request. */
export type ChatMessage =
  | AssistantMessage
  | { role: 'system' | 'developer'; content: string }
  | UserMessage
  | { role: 'tool'; tool_call_id: string; content: string | ChatPart[] };
