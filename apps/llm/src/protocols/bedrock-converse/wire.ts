import type { JsonObject } from '@antiphon/contracts';

/** What requests of the Converse API consist of, as far as this system sends it (Amazon Bedrock runtime API reference, 2023-09-30). */

export interface CachePoint {
  cachePoint: { type: 'default' };
}

export interface TextBlock {
  text: string;
}

export interface ImageBlock {
  image: { format: 'jpeg' | 'png' | 'gif' | 'webp'; source: { bytes: string } };
}

export interface DocumentBlock {
  document: { format: string; name: string; source: { bytes: string } };
}

export type SaidBlock = TextBlock | ImageBlock | DocumentBlock;

export type ConverseBlock =
  | SaidBlock
  | CachePoint
  | { toolUse: { toolUseId: string; name: string; input: JsonObject } }
  | { toolResult: { toolUseId: string; content: SaidBlock[]; status?: 'error' } }
  | { reasoningContent: JsonObject };

export interface ConverseMessage {
  role: 'user' | 'assistant';
  content: ConverseBlock[];
}

export interface ToolSpec {
  toolSpec: { name: string; description?: string; inputSchema: { json: JsonObject }; strict?: boolean };
}

export interface ToolConfig {
  tools: (ToolSpec | CachePoint)[];
  toolChoice?: { any: JsonObject } | { tool: { name: string } };
}

export interface ConverseBody {
  system?: (TextBlock | CachePoint)[];
  messages: ConverseMessage[];
  toolConfig?: ToolConfig;
  inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  outputConfig?: {
    textFormat: {
      type: 'json_schema';
      structure: { jsonSchema: { schema: string; name?: string; description?: string } };
    };
  };
  additionalModelRequestFields?: JsonObject;
  serviceTier?: { type: string };
}
