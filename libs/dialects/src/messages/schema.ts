import { JsonObject, ServerLabel, ToolName } from '@antiphon/contracts';
import { z } from 'zod';
import { ModelName } from '../common/model-name.ts';
import { ignored, refused } from '../openai/schema.ts';

/*
 * The requests of Anthropic's Messages API (@anthropic-ai/sdk, `resources/messages`). A field that is null counts as absent, an unknown field
 * is ignored.
 */

const Text = z.object({ type: z.literal('text'), text: z.string() });

/** The blocks of a message. They are read one by one, so that an error names its block. */
const Blocks = z.array(z.looseObject({ type: z.string() }));

export const Message = z.object({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), Blocks], { error: 'must be a string or an array of content blocks' }),
});
export type Message = z.infer<typeof Message>;

/** A tool that the client runs. Those of Anthropic (`bash_…`, `web_search_…`) are known to its own models only. */
export const ClientToolBody = z.object({
  type: z.literal('custom').nullish(),
  name: ToolName,
  description: z.string().nullish(),
  input_schema: JsonObject,
  strict: z.boolean().nullish(),
});

const Switch = z.object({ enabled: z.boolean().nullish() });

/** The tools of a server of `mcp_servers`. */
export const Toolset = z.object({
  type: z.literal('mcp_toolset'),
  mcp_server_name: z.string(),
  default_config: Switch.nullish(),
  configs: z.record(z.string(), Switch).nullish(),
});
export type Toolset = z.infer<typeof Toolset>;

const toolNamesMax = 1_000;

/** An MCP server. Without a URL it is one that is registered here under its name; `antiphon` are the tools of this system. */
export const McpServer = z.object({
  type: z.literal('url'),
  name: ServerLabel,
  url: z
    .union([z.literal(''), z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(4096)])
    .nullish(),
  authorization_token: z.string().min(1).max(8192).nullish(),
  tool_configuration: z
    .object({
      enabled: z.boolean().nullish(),
      allowed_tools: z.array(z.string().min(1).max(256)).max(toolNamesMax).nullish(),
    })
    .nullish(),
});
export type McpServer = z.infer<typeof McpServer>;

const Single = { disable_parallel_tool_use: z.boolean().nullish() };
const Choice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auto'), ...Single }),
  z.object({ type: z.literal('any'), ...Single }),
  z.object({ type: z.literal('tool'), name: ToolName, ...Single }),
  z.object({ type: z.literal('none') }),
]);

const Display = { display: z.enum(['summarized', 'omitted']).nullish() };
const Thinking = z.discriminatedUnion('type', [
  z.object({ type: z.literal('enabled'), budget_tokens: z.int().min(1024), ...Display }),
  z.object({ type: z.literal('adaptive'), ...Display }),
  z.object({ type: z.literal('disabled') }),
  z.object({ type: z.literal('between_tools') }),
]);

const OutputFormat = z.object({ type: z.literal('json_schema'), schema: JsonObject });

/** The fields that make the context of a message. */
const Context = {
  model: ModelName,
  messages: z.array(Message).min(1),
  system: z
    .union([z.string(), z.array(Text)], { error: 'must be a string or an array of text blocks' })
    .nullish(),
  tools: z
    .array(z.looseObject({ name: z.string().optional(), type: z.string().nullish() }))
    .max(1_000)
    .nullish(),
  tool_choice: Choice.nullish(),
  mcp_servers: z.array(McpServer).max(8).nullish(),
  thinking: Thinking.nullish(),
  output_config: z
    .object({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      format: OutputFormat.nullish(),
    })
    .nullish(),
  output_format: OutputFormat.nullish(),
  thread: z.unknown().optional().describe('Refused: nothing is stored here; send the whole conversation'),
  cache_control: ignored('this server marks long beginnings for the cache itself'),
  context_management: ignored('nothing of a context is cleared'),
  betas: ignored('the stock client sends it as a header'),
};

/** The body of `POST /v1/messages`. */
export const CreateRequest = z.object({
  ...Context,
  max_tokens: z.int().min(1),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stop_sequences: z.array(z.string().min(1).max(1_000)).max(100).nullish(),
  stream: z.boolean().nullish(),
  metadata: z.object({ user_id: z.string().max(512).nullish() }).nullish(),
  service_tier: z.enum(['auto', 'standard_only']).nullish(),
  speed: ignored('the provider decides it'),
  diagnostics: ignored('there are none'),
  container: refused('must be left out: this server has no containers'),
  inference_geo: refused('must be left out: the operator decides where models run'),
});
export type CreateRequest = z.infer<typeof CreateRequest>;

/** The body of `POST /v1/messages/count_tokens`. */
export const CountRequest = z.object(Context);
