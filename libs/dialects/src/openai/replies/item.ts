import { pageOf } from '@antiphon/contracts';
import { z } from 'zod';
import { clientCalls } from './client-calls.ts';
import { Tool } from './tool.ts';

/*
 * The dialect's replies. Objects may have more fields than those named here: replies grow, and clients must accept that.
 */

const status = z.enum(['in_progress', 'completed', 'incomplete', 'failed']);
const json = z.record(z.string(), z.unknown());

const likelyToken = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()) };
const TokenLogprob = z.looseObject({
  ...likelyToken,
  top_logprobs: z.array(z.looseObject(likelyToken)),
});
export const logprobs = z.array(TokenLogprob);

const UrlCitation = z.looseObject({
  type: z.literal('url_citation'),
  url: z.string(),
  title: z.string(),
  start_index: z.int().nonnegative(),
  end_index: z.int().nonnegative(),
});
const FileCitation = z.looseObject({
  type: z.literal('file_citation'),
  file_id: z.string(),
  filename: z.string(),
  index: z.int().nonnegative(),
});
const ContainerFileCitation = z.looseObject({
  type: z.literal('container_file_citation'),
  container_id: z.string(),
  file_id: z.string(),
  filename: z.string(),
  start_index: z.int().nonnegative(),
  end_index: z.int().nonnegative(),
});
export const Annotation = z.discriminatedUnion('type', [UrlCitation, FileCitation, ContainerFileCitation]);
const OutputText = z.looseObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(Annotation),
  logprobs,
});
const Refusal = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });
const InputText = z.looseObject({ type: z.literal('input_text'), text: z.string() });
const InputImage = z.looseObject({
  type: z.literal('input_image'),
  image_url: z.string().nullable(),
  file_id: z.string().optional(),
  detail: z.string(),
});
const InputFile = z.looseObject({
  type: z.literal('input_file'),
  filename: z.string().optional(),
  file_data: z.string().optional(),
  file_url: z.string().optional(),
  file_id: z.string().optional(),
});
const InputAudio = z.looseObject({
  type: z.literal('input_audio'),
  input_audio: z.looseObject({ data: z.string(), format: z.string() }),
});

/** A part of a message or of a tool's output. */
export const ContentPart = z.discriminatedUnion('type', [
  OutputText,
  Refusal,
  InputText,
  InputImage,
  InputFile,
  InputAudio,
]);

const Message = z.looseObject({
  type: z.literal('message'),
  id: z.string().min(1),
  status,
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.array(ContentPart),
});
const FunctionCall = z.looseObject({
  type: z.literal('function_call'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1),
  name: z.string(),
  namespace: z.string().optional(),
  arguments: z.string(),
});
const FunctionCallOutput = z.looseObject({
  type: z.literal('function_call_output'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1),
  output: z.union([z.string(), z.array(ContentPart)]),
});
export const SummaryText = z.looseObject({ type: z.literal('summary_text'), text: z.string() });
export const ReasoningText = z.looseObject({ type: z.literal('reasoning_text'), text: z.string() });
/** `content` is the thought in the clear; where the request asks for a summary, `summary` replaces it. */
const Reasoning = z.looseObject({
  type: z.literal('reasoning'),
  id: z.string().min(1),
  status: status.optional(),
  summary: z.array(SummaryText),
  content: z.array(ReasoningText).optional(),
  encrypted_content: z.string().optional(),
});
const McpListTools = z.looseObject({
  type: z.literal('mcp_list_tools'),
  id: z.string().min(1),
  server_label: z.string(),
  tools: z.array(
    z.looseObject({
      name: z.string(),
      description: z.string(),
      input_schema: json,
      annotations: json,
    }),
  ),
  left_out: z.array(z.looseObject({ name: z.string(), reason: z.string() })).optional(),
  error: z.string().optional(),
});
const McpCall = z.looseObject({
  type: z.literal('mcp_call'),
  id: z.string().min(1),
  status,
  server_label: z.string(),
  name: z.string(),
  arguments: z.string(),
  output: z.string().nullable(),
  error: z.unknown().nullable(),
  approval_request_id: z.string().nullable(),
});
const McpApprovalRequest = z.looseObject({
  type: z.literal('mcp_approval_request'),
  id: z.string().min(1),
  server_label: z.string(),
  name: z.string(),
  arguments: z.string(),
});
const McpApprovalResponse = z.looseObject({
  type: z.literal('mcp_approval_response'),
  id: z.string().min(1),
  approval_request_id: z.string(),
  approve: z.boolean(),
  reason: z.string().nullable(),
  /** Of a decision about a call of the same response. */
  action: z.enum(['accept', 'edit', 'reject', 'feedback']).optional(),
  decided_by: z.string().optional(),
  decided_at: z.number().optional(),
});
const Compaction = z.looseObject({
  type: z.literal('compaction'),
  id: z.string().min(1),
  encrypted_content: z.string(),
});

const CustomToolCall = z.looseObject({
  type: z.literal('custom_tool_call'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1),
  name: z.string(),
  namespace: z.string().optional(),
  input: z.string(),
});
const CustomToolCallOutput = z.looseObject({
  type: z.literal('custom_tool_call_output'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1),
  output: z.union([z.string(), z.array(ContentPart)]),
});
const ToolSearchCall = z.looseObject({
  type: z.literal('tool_search_call'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1).nullable(),
  execution: z.enum(['server', 'client']),
  arguments: z.unknown(),
});
const ToolSearchOutput = z.looseObject({
  type: z.literal('tool_search_output'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1).nullable(),
  execution: z.enum(['server', 'client']),
  tools: z.array(Tool),
});
const AdditionalTools = z.looseObject({
  type: z.literal('additional_tools'),
  id: z.string().min(1),
  role: z.literal('developer'),
  tools: z.array(Tool),
});
const WebSearchCall = z.looseObject({
  type: z.literal('web_search_call'),
  id: z.string().min(1),
  status: z.enum(['in_progress', 'searching', 'completed', 'failed', 'incomplete']),
  action: z.discriminatedUnion('type', [
    z.looseObject({
      type: z.literal('search'),
      query: z.string(),
      queries: z.array(z.string()),
      sources: z.array(z.looseObject({ type: z.literal('url'), url: z.string() })).optional(),
    }),
    z.looseObject({ type: z.literal('open_page'), url: z.string().nullable() }),
    z.looseObject({ type: z.literal('find_in_page'), url: z.string(), pattern: z.string() }),
  ]),
  results: z
    .array(z.looseObject({ url: z.string(), title: z.string(), snippet: z.string() }))
    .nullable()
    .optional(),
});

const FileSearchCall = z.looseObject({
  type: z.literal('file_search_call'),
  id: z.string().min(1),
  status: z.enum(['in_progress', 'searching', 'completed', 'failed', 'incomplete']),
  queries: z.array(z.string()),
  results: z
    .array(
      z.looseObject({
        file_id: z.string(),
        filename: z.string(),
        score: z.number(),
        attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        text: z.string(),
      }),
    )
    .nullable(),
});
const ImageGenerationCall = z.looseObject({
  type: z.literal('image_generation_call'),
  id: z.string().min(1),
  status: z.enum(['in_progress', 'generating', 'completed', 'failed']),
  result: z.string().nullable(),
  revised_prompt: z.string().optional(),
  action: z.enum(['generate', 'edit']).optional(),
  output_format: z.string().optional(),
  size: z.string().optional(),
  quality: z.string().optional(),
  background: z.string().optional(),
  error: z
    .looseObject({
      code: z.string().nullable(),
      message: z.string(),
      param: z.string().nullable(),
      type: z.string(),
    })
    .optional(),
});
const CodeInterpreterCall = z.looseObject({
  type: z.literal('code_interpreter_call'),
  id: z.string().min(1),
  status: z.enum(['in_progress', 'interpreting', 'completed', 'failed', 'incomplete']),
  code: z.string().nullable(),
  container_id: z.string(),
  outputs: z
    .array(
      z.discriminatedUnion('type', [
        z.looseObject({ type: z.literal('logs'), logs: z.string() }),
        z.looseObject({ type: z.literal('image'), url: z.string() }),
      ]),
    )
    .nullable(),
});

/** One entry of a response's output or of its context. */
export const Item = z.discriminatedUnion('type', [
  Message,
  FunctionCall,
  FunctionCallOutput,
  Reasoning,
  McpListTools,
  McpCall,
  McpApprovalRequest,
  McpApprovalResponse,
  CustomToolCall,
  CustomToolCallOutput,
  ToolSearchCall,
  ToolSearchOutput,
  AdditionalTools,
  WebSearchCall,
  FileSearchCall,
  ImageGenerationCall,
  CodeInterpreterCall,
  ...clientCalls,
  Compaction,
]);

export const ItemList = pageOf(Item);
