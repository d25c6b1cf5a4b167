import {
  defaultModelName,
  functionCall,
  idPrefixes,
  newId,
  type CreateResponse,
  type Decision,
  type IdKind,
  type Item,
  type MessageItem,
  missing,
  type PauseMode,
  read,
  refusal,
} from '@antiphon/contracts';
import type {
  DecodedCreate,
  DecodedDecisions,
  DecodedRetrieve,
  ReplyMode,
  RequestHeaders,
} from '../dialect.ts';
import { readInput } from './messages/input.ts';
import { CreateRequest, type Message, RetrieveQuery, type ToolDecision, type Transport } from './schema.ts';
import { checkSequence } from './sequence.ts';
import { checkTransport } from './transport.ts';

/** The tools of this dialect, one for each HTTP method. Whether a call needs approval is a property of its tool. */
const httpTools = ['get', 'head', 'options', 'trace', 'post', 'put', 'patch', 'delete'].map(
  (method) => `${method}_http_requests`,
);

/**
 * A request in the neutral model: a create, or decisions about calls of a paused response. Tool results alone are decisions
 * too where the request names what they continue. `makeId` makes the ids of the input items.
 */
export function decodeCreate(
  body: unknown,
  { accept }: RequestHeaders,
  makeId: MakeId = newId,
): DecodedCreate | DecodedDecisions {
  const wire = read(CreateRequest, body);
  const transport = wire.stream ?? 'full';
  checkTransport(transport, accept);
  const reply = replyModes[transport];
  const conversationId = wire.conversation_id ?? null;
  const previousResponseId = wire.previous_response_id ?? null;
  const goesOn = conversationId !== null || previousResponseId !== null;
  const of = { conversationId, responseId: previousResponseId };
  const decided = isGivenId(conversationId) ? ({ conversation: 'existing' } as const) : {};

  const input = readInput(wire.input);
  if ('decisions' in input) {
    if (!goesOn) throw missing(['conversation_id'], 'it says whose calls are decided');
    return { of, ...decided, decisions: input.decisions.map(decodeDecision), reply };
  }
  const { messages } = input;
  const stored = wire.store ?? true;
  const background = wire.background ?? false;
  if (background && !stored) throw refusal(['store'], 'is false, but background mode requires store=true');
  checkSequence(messages, { isReplay: !stored });
  if (goesOn && areResults(messages)) return { of, ...decided, decisions: messages.map(decodeResult), reply };

  const { items, begun } = decodeMessages(messages, makeId);
  const settings = wire.model_settings ?? {};
  const request: CreateResponse = {
    dialect: 'agent',
    model: wire.model ?? defaultModelName,
    input: items,
    instructions: null,
    serverTools: httpTools,
    approval: null,
    requestServers: [],
    clientTools: [],
    toolChoice: 'auto',
    settings: {
      temperature: settings.temperature ?? null,
      topP: settings.top_p ?? null,
      presencePenalty: settings.presence_penalty ?? null,
      frequencyPenalty: settings.frequency_penalty ?? null,
      maxOutputTokens: settings.max_tokens ?? null,
      parallelToolCalls: null,
      reasoningEffort: null,
      textFormat: { type: 'text' },
    },
    depthMax: null,
    onPause: pauseOf({ stored, staysOpen: background && reply !== 'json' }),
    metadata: {},
    webhookUrl: null,
    conversationId,
    previousResponseId,
    background,
    stored,
  };
  return {
    request,
    reply,
    ...conversationUse(request),
    refusesWhilePaused: true,
    begun,
    mayReuse: !(wire.disable_cache ?? false) && begun.length === 0 && !background,
  };
}

/** A retrieve of the response, or of the events of its run. */
export function decodeRetrieve(query: unknown): DecodedRetrieve {
  const { stream = 'off', starting_after: startingAfter } = read(RetrieveQuery, query);
  const reply = replyModes[stream];
  if (reply !== 'json' && startingAfter === undefined) return { reply, startingAfter: -1 };
  if (reply !== 'json') return { reply, startingAfter: Number(startingAfter), needsLog: true };
  if (startingAfter !== undefined)
    throw refusal(['starting_after'], 'needs stream=full or stream=events: only events are numbered');
  return { reply };
}

/** A response that is not stored takes no decisions: its caller replays the conversation, with the results. */
function pauseOf({ stored, staysOpen }: { stored: boolean; staysOpen: boolean }): PauseMode {
  if (!stored) return 'hand_back';
  return staysOpen ? 'stay' : 'wait';
}

type MakeId = (kind: IdKind) => string;
type ToolResult = Extract<Message, { role: 'tool' }>;

const replyModes: Record<Transport, ReplyMode> = { off: 'json', full: 'stream', events: 'events' };

const givenIdPrefix = `${idPrefixes.conversation}_`;
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether an id looks like one that a server made (ours, or a UUID). Such an id that is unknown is mistyped, not a name chosen by the caller. */
function isGivenId(conversationId: string | null): boolean {
  return conversationId !== null && (uuid.test(conversationId) || conversationId.startsWith(givenIdPrefix));
}

function conversationUse({
  conversationId,
  previousResponseId,
  stored,
}: CreateResponse): Pick<DecodedCreate, 'conversation'> {
  if (conversationId !== null) return { conversation: isGivenId(conversationId) ? 'existing' : 'named' };
  if (previousResponseId !== null) return { conversation: 'inherited' };
  return stored ? { conversation: 'new' } : {};
}

function decodeDecision({ decision, tool_call_id: callId, message, args }: ToolDecision): Decision {
  switch (decision) {
    case 'accept':
      return { callId, action: 'accept' };
    case 'reject':
      return { callId, action: 'reject', message: message ?? null };
    case 'edit':
      return { callId, action: 'edit', arguments: JSON.stringify(args ?? {}) };
    case 'feedback':
      return { callId, action: 'feedback', message: message ?? '' };
  }
}

/** Whether the input holds nothing but results of tools that the caller ran. */
function areResults(messages: readonly Message[]): messages is ToolResult[] {
  return messages.every(({ role }) => role === 'tool');
}

function decodeResult(result: ToolResult): Decision {
  return { callId: result.tool_call_id, action: 'output', output: textIn(result) };
}

interface DecodedMessages {
  /** The messages for the model to answer. */
  items: Item[];
  /** The assistant's last turn, where its calls have no results yet: the response begins with it. */
  begun: Item[];
}

function decodeMessages(messages: readonly Message[], makeId: MakeId): DecodedMessages {
  if (areResults(messages)) {
    return {
      items: messages.flatMap((result) => [unknownCall(result, makeId), decodeOutput(result, makeId)]),
      begun: [],
    };
  }
  const last = messages.at(-1);
  const isOpen = last?.role === 'assistant' && (last.tool_calls ?? []).length > 0;
  const history = isOpen ? messages.slice(0, -1) : messages;
  return {
    items: history.flatMap((message) => decodeMessage(message, makeId, 'done')),
    begun: isOpen ? decodeMessage(last, makeId, 'proposed') : [],
  };
}

function decodeMessage(message: Message, makeId: MakeId, state: 'done' | 'proposed'): Item[] {
  if (message.role === 'tool') return [decodeOutput(message, makeId)];
  const spoken: MessageItem = {
    type: 'message',
    id: makeId('message'),
    role: message.role,
    content: message.content,
    status: 'completed',
  };
  if (message.role === 'user') return [spoken];
  const calls = (message.tool_calls ?? []).map(({ id: callId, name, args }) =>
    functionCall({
      id: makeId('functionCall'),
      callId,
      name,
      arguments: JSON.stringify(args),
      executor: 'server',
      state,
    }),
  );
  // An assistant message that only calls tools has no text.
  return calls.length > 0 && textIn(message) === '' ? calls : [spoken, ...calls];
}

function decodeOutput(result: ToolResult, makeId: MakeId): Item {
  return {
    type: 'function_call_output',
    id: makeId('functionCallOutput'),
    callId: result.tool_call_id,
    output: textIn(result),
    status: 'completed',
  };
}

/** A call for a result that comes without one: models refuse a result alone, and only the call's id is known. */
function unknownCall(result: ToolResult, makeId: MakeId): Item {
  return functionCall({
    id: makeId('functionCall'),
    callId: result.tool_call_id,
    name: 'unknown_tool',
    arguments: '{}',
    executor: 'client',
  });
}

function textIn({ content }: Message): string {
  return content.map(({ text }) => text).join('');
}
