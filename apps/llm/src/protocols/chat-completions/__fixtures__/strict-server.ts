import { type ChatRequest, fail, reasoning, ScriptedProvider, text, toolCall, usage } from '@antiphon/service-kit/testing';
import { answerText, askedCalls } from '../../__fixtures__/asked-calls.ts';

const fields = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'tools', 'tool_choice', 'temperature', 'top_p', 'max_tokens', 'stop'],
  ...['response_format', 'reasoning_effort', 'thinking', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'],
]);

/**
 * Chat completions on loopback as DeepSeek serves them, with what it refuses. It answers with a thought and the calls that the request asks for
 * (`askedCalls`), and with a text once their outputs are there.
 */
export async function startStrictChat(): Promise<ScriptedProvider> {
  const server = await ScriptedProvider.start(({ body, index }) => {
    const refusal = refusalOf(body);
    if (refusal !== null) return [fail(400, { message: refusal })];
    const hasOutputs = body.messages.at(-1)?.role === 'tool';
    const names = hasOutputs ? [] : (body.tools ?? []).map((tool) => tool.function.name);
    const calls = askedCalls(body.messages, names, { port: 'Brest' });
    const thinks = (body['thinking'] as { type: string } | undefined)?.type === 'enabled';
    return [
      ...(thinks ? [reasoning(`Let me see, `, `number ${index}.`)] : []),
      ...calls.map(({ name, input }, at) => toolCall(name, input, { id: `call_${index}_${at}`, index: at })),
      ...(calls.length === 0 ? [text(answerText('response_format' in body))] : []),
      usage({
        prompt_tokens: 16,
        completion_tokens: 5,
        total_tokens: 21,
        prompt_cache_hit_tokens: 4,
        prompt_cache_miss_tokens: 12,
        completion_tokens_details: { reasoning_tokens: 2 },
      }),
    ];
  });
  server.embed = (texts) => texts.map(() => [0.25, 0.5]);
  return server;
}

/** The sentence of a refusal; null for a request that is accepted. */
function refusalOf(body: ChatRequest): string | null {
  const unknown = Object.keys(body).find((field) => !fields.has(field));
  if (unknown !== undefined) return `Unknown field: ${unknown}`;
  const format = (body['response_format'] as { type: string } | undefined)?.type;
  if (format === 'json_schema') return 'This response_format type is unavailable now';
  if (format === 'json_object' && !/json/i.test(JSON.stringify(body.messages)))
    return "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.";
  return orderRefusal(body.messages);
}

function orderRefusal(messages: ChatRequest['messages']): string | null {
  let open: unknown[] = [];
  for (const { role, content, tool_calls: calls, tool_call_id: id } of messages) {
    if (!['system', 'user', 'assistant', 'tool'].includes(role)) return `unknown variant ${role}, expected one of system, user, assistant, tool`;
    if (role === 'tool') {
      if (!open.includes(id)) return "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'";
      open = open.filter((waiting) => waiting !== id);
      continue;
    }
    if (open.length > 0) return "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";
    if (role === 'assistant' && !content && !calls) return 'Invalid assistant message: content or tool_calls must be set';
    if (role !== 'assistant' && (content === undefined || content === null || content === '')) return 'content must not be empty';
    open = ((calls ?? []) as { id: string }[]).map((call) => call.id);
  }
  return open.length > 0 ? 'insufficient tool messages following tool_calls message' : null;
}
