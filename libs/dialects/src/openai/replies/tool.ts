import { ApprovalPolicy } from '@antiphon/contracts';
import { z } from 'zod';

const json = z.record(z.string(), z.unknown());

const FunctionTool = z.looseObject({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullable(),
  parameters: json.nullable(),
  strict: z.boolean().nullable(),
});
/** A setting that is null has the server's default. */
const McpTool = z.looseObject({
  type: z.literal('mcp'),
  server_label: z.string(),
  server_url: z.string().optional(),
  headers: z.null().optional(),
  allowed_tools: z.union([z.array(z.string()), json]).nullable(),
  require_approval: z.union([ApprovalPolicy, json]).nullable(),
});

/** The tool types of the API, as the request declares them. */
const CustomTool = z.looseObject({ type: z.literal('custom'), name: z.string() });
const WebSearchTool = z.looseObject({
  type: z.enum([
    'web_search',
    'web_search_2025_08_26',
    'web_search_preview',
    'web_search_preview_2025_03_11',
  ]),
});
const FileSearchTool = z.looseObject({
  type: z.literal('file_search'),
  vector_store_ids: z.array(z.string()),
});
const CodeInterpreterTool = z.looseObject({
  type: z.literal('code_interpreter'),
  container: z.union([z.string(), z.looseObject({ type: z.literal('auto') })]),
});
const ImageGenerationTool = z.looseObject({ type: z.literal('image_generation') });
const ClientTool = z.looseObject({
  type: z.enum(['local_shell', 'shell', 'apply_patch', 'computer', 'computer_use_preview', 'computer_use']),
});
const ToolSearchTool = z.looseObject({ type: z.literal('tool_search') });
const NamespaceTool = z.looseObject({
  type: z.literal('namespace'),
  name: z.string(),
  description: z.string(),
  tools: z.array(z.discriminatedUnion('type', [FunctionTool, CustomTool])),
});

/** A tool of a request, as its caller declared it. */
export const Tool = z.discriminatedUnion('type', [
  FunctionTool,
  McpTool,
  CustomTool,
  ClientTool,
  WebSearchTool,
  FileSearchTool,
  ImageGenerationTool,
  CodeInterpreterTool,
  ToolSearchTool,
  NamespaceTool,
]);
