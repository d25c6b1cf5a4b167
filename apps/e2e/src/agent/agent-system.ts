import { text, toolCall } from '@antiphon/service-kit/testing';
import { sharedSystem } from '../system/system.ts';

export type Body = Record<string, unknown>;
interface AgentResponse {
  id: string;
  conversation_id: string;
  status: string;
  output: { role: string; content: { text: string }[]; tool_calls?: { args: Body }[]; status?: string }[];
  interrupts: { tool_call_id: string }[] | null;
  usage: { total_tokens: number };
  metadata: { cache_hit: boolean } | null;
}

export const responses = '/api/v1/responses';
/** The test checks the reply, so its shape is not checked here. */
export const json = async <Shape = AgentResponse>(answer: Response | Promise<Response>): Promise<Shape> =>
  (await (await answer).json()) as Shape;
export const callIds = ({ interrupts }: AgentResponse) =>
  (interrupts ?? []).map(({ tool_call_id: id }) => id);
export const lastWords = ({ output }: AgentResponse) =>
  output
    .at(-1)
    ?.content.map((block) => block.text)
    .join('');
export const results = ({ output }: AgentResponse) =>
  output.filter(({ role }) => role === 'tool').map(({ content }) => content[0]?.text ?? '');

/** The shared system with two callers of the agent dialect, and the requests of its scenarios. */
export async function agentSystem() {
  const system = await sharedSystem();
  const { provider, web } = system;
  const me = await system.token();
  const otherToken = await system.token();

  function call(
    path: string,
    {
      body,
      token = me,
      method,
      headers = {},
    }: {
      body?: Body;
      token?: string;
      method?: string;
      headers?: Record<string, string>;
    } = {},
  ): Promise<Response> {
    return fetch(`${system.url}${path}`, {
      method: method ?? (body ? 'POST' : 'GET'),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
  const create = (body: Body, options: { token?: string; headers?: Record<string, string> } = {}) =>
    call(responses, { body, ...options });
  const createResponse = (body: Body, token = me) => json(create({ stream: 'off', ...body }, { token }));
  const decide = (of: AgentResponse, decisions: Body[], token = me) =>
    create(
      {
        input: decisions.map((decision) => ({ type: 'tool_decision', ...decision })),
        conversation_id: of.conversation_id,
        stream: 'off',
      },
      { token },
    );

  /** Proposes these calls first, and answers once it has their results. */
  function proposes(...calls: [name: string, args: Body][]) {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? calls.map(([name, args], index) => toolCall(name, args, { id: `call_${index}`, index }))
        : [text(`Done: ${toolOutputs.length}`)];
  }
  const put = (input: Body = { stock: 100 }): [string, Body] => [
    'put_http_requests',
    { url: `${web.url}/echo`, input_data: input },
  ];
  const echoes = () => web.countOf('/echo');
  return {
    system,
    provider,
    web,
    token: me,
    otherToken,
    call,
    create,
    createResponse,
    decide,
    proposes,
    put,
    echoes,
  };
}
