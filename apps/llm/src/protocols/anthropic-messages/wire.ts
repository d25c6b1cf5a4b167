import type {
  ContentBlockParam,
  MessageCreateParamsBase,
  TextBlockParam,
  ToolUnion,
} from '@anthropic-ai/sdk/resources/messages';
import type { ThinkingField } from '../claude/thinking-plan.ts';

/** A message whose content is a list of blocks. */
export interface MessageBlocks {
  role: 'user' | 'assistant';
  content: ContentBlockParam[];
}

/** The body of a request, with fields of older models that the client library no longer declares. */
export type MessagesBody = Pick<
  MessageCreateParamsBase,
  'model' | 'max_tokens' | 'metadata' | 'output_config' | 'service_tier' | 'stop_sequences' | 'tool_choice'
> & {
  messages: MessageBlocks[];
  system?: TextBlockParam[];
  tools?: ToolUnion[];
  stream: boolean;
  temperature?: number;
  top_p?: number;
  top_k?: number;
  thinking?: ThinkingField;
};
