import {
  newId,
  ToolName,
  JsonObject,
  type ClientTool,
  type CreateResponse,
  functionCall,
  type IdKind,
  type Item,
  read,
  refusal,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import { decodeContent, isPart } from '../common/content-part.ts';
import { userMessage } from '../common/user-message.ts';
import type { DecodedCreate } from '../dialect.ts';
import { decodeServers, type ServerOffer } from '../openai/tools/mcp-tools.ts';
import { checkToolChoice, decodeToolChoice } from '../common/tool-choice.ts';
import { writtenAs } from './echoed-input.ts';
import { AssistantToolCalls, CreateRequest, Message, ServerMetadata, ToolMessage } from './schema.ts';

/** The create request in the neutral model. `makeId` makes the ids of the input items. */
export function decodeCreate(body: unknown, makeId: (kind: IdKind) => string = newId): DecodedCreate {
  const wire = read(CreateRequest, body);
  const metadata = wire.metadata ?? {};
  const settings = read(ServerMetadata, metadata, ['metadata']);
  const background = wire.background ?? false;
  const stored = wire.store ?? true;
  if (background && !stored) throw refusal(['store'], 'is false, but background mode requires store=true');
  if (wire.conversation && wire.previous_response_id) {
    throw refusal(['conversation'], 'cannot be given together with previous_response_id; send one of them');
  }
  const input = decodeInput(wire.input, makeId);
  const request: CreateResponse = {
    dialect: 'jan',
    model: wire.model,
    ...writtenAs(wire.input, input),
    input,
    instructions: wire.system_prompt ?? null,
    ...decodeTools(wire.tools ?? null),
    toolChoice: decodeToolChoice(wire.tool_choice),
    settings: {
      temperature: wire.temperature ?? null,
      topP: wire.top_p ?? null,
      presencePenalty: wire.presence_penalty ?? null,
      frequencyPenalty: wire.frequency_penalty ?? null,
      maxOutputTokens: wire.max_tokens ?? null,
      parallelToolCalls: null,
      reasoningEffort: null,
      textFormat: { type: 'text' },
    },
    depthMax: settings.max_depth ?? null,
    onPause: 'wait',
    metadata,
    webhookUrl: decodeWebhookUrl(settings.webhook_url ?? null),
    conversationId:
      typeof wire.conversation === 'object' ? (wire.conversation?.id ?? null) : (wire.conversation ?? null),
    previousResponseId: wire.previous_response_id ?? null,
    background,
    stored,
  };
  checkToolChoice(request);
  return { request, reply: wire.stream && !background ? 'stream' : 'json' };
}

function decodeWebhookUrl(url: string | null): string | null {
  if (url !== null && !URL.canParse(url))
    throw refusal(['metadata', 'webhook_url'], 'must be an http or https URL');
  return url;
}

/** Text, one message, or a list of messages; content parts that stand alone make one message of the user. */
function decodeInput(input: unknown, makeId: (kind: IdKind) => string): Item[] {
  if (input === '') throw refusal(['input'], 'must not be empty');
  if (typeof input === 'string') return [userMessage(input, ['input'], makeId)];
  if (Array.isArray(input)) {
    if (input.length === 0) throw refusal(['input'], 'must not be empty');
    if (input.every(isPart)) return [userMessage(input, ['input'], makeId)];
    return input.flatMap((message: unknown, index) => decodeMessage(message, ['input', index], makeId));
  }
  if (typeof input !== 'object' || input === null) {
    throw refusal(['input'], 'must be a string, a message or an array of messages');
  }
  return decodeMessage(input, ['input'], makeId);
}

/** One message of a chat: usually one item, but an assistant's tool calls are items of their own. */
function decodeMessage(value: unknown, path: RequestPath, makeId: (kind: IdKind) => string): Item[] {
  const { role, content } = read(Message, value, path);
  const contentPath = [...path, 'content'];
  if (role === 'tool') {
    const { tool_call_id: callId } = read(ToolMessage, value, path);
    const output = typeof content === 'string' ? content : decodeContent(content, contentPath);
    return [
      { type: 'function_call_output', id: makeId('functionCallOutput'), callId, output, status: 'completed' },
    ];
  }
  if (role !== 'assistant') {
    return [
      {
        type: 'message',
        id: makeId('message'),
        role,
        content: decodeContent(content, contentPath),
        status: 'completed',
      },
    ];
  }
  const calls = (read(AssistantToolCalls, value, path).tool_calls ?? []).map((call) =>
    functionCall({
      id: makeId('functionCall'),
      callId: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
      executor: 'client',
    }),
  );
  // An assistant message that only calls tools has no text: its content is null or left out.
  if (calls.length > 0 && (content ?? '') === '') return calls;
  const text = decodeContent(content, contentPath);
  return [{ type: 'message', id: makeId('message'), role, content: text, status: 'completed' }, ...calls];
}

const Definition = z.object({
  name: ToolName,
  description: z.string().nullish(),
  parameters: JsonObject.nullish(),
  strict: z.boolean().nullish(),
});
const Typed = z.object({ type: z.string() });
const Nested = z.object({ function: z.unknown().optional() });

type ToolOffer = ServerOffer & Pick<CreateResponse, 'clientTools' | 'requiresServerTools'>;

function decodeTools(tools: unknown[] | null): ToolOffer {
  if (tools === null) return { serverTools: 'all', clientTools: [], approval: null, requestServers: [] };
  const serverTools: string[] = [];
  const servers: ServerEntry[] = [];
  const clientTools: ClientTool[] = [];
  for (const [index, tool] of tools.entries()) {
    const path = ['tools', index];
    if (typeof tool === 'string') {
      serverTools.push(read(ToolName, tool, path));
      continue;
    }
    const { type } = read(Typed, tool, path);
    if (type === 'mcp') {
      servers.push({ tool, path });
      continue;
    }
    if (type !== 'function') {
      serverTools.push(read(ToolName, type, [...path, 'type']));
      continue;
    }
    const nested = read(Nested, tool, path).function;
    const definition =
      nested === undefined ? read(Definition, tool, path) : read(Definition, nested, [...path, 'function']);
    if (!definition.parameters) {
      serverTools.push(definition.name);
      continue;
    }
    clientTools.push({
      executor: 'client',
      name: definition.name,
      description: definition.description ?? null,
      parameters: definition.parameters,
      strict: definition.strict ?? null,
    });
  }
  const offer = decodeServers(servers);
  for (const server of servers) checkApproval(server);
  return {
    ...offer,
    serverTools: offer.serverTools === 'all' ? 'all' : [...serverTools, ...offer.serverTools],
    clientTools,
    ...(serverTools.length > 0 && { requiresServerTools: true }),
  };
}

interface ServerEntry {
  tool: unknown;
  path: RequestPath;
}

/** This API has no request that approves a call, so a run that waits for one could not go on. */
function checkApproval(server: ServerEntry): void {
  const { approval, requestServers } = decodeServers([server]);
  const rules = [approval, ...requestServers.map((named) => named.approval)];
  if (rules.some((rule) => rule?.otherwise === 'always' || rule?.always))
    throw refusal([...server.path, 'require_approval'], 'must be "never": this API cannot approve a call');
}
