import OpenAI from 'openai';
import { expect } from 'vitest';
import { anyString } from '../checks/matchers.ts';
import { sharedSystem } from '../system/system.ts';

export const model = 'gpt-scripted';

interface Answer {
  status: number;
  etag: string | null;
  body: Record<string, unknown> & { id: string };
}

export const teacher = {
  name: 'Teacher',
  tags: ['school', 'physics'],
  system_prompt: 'You teach {{ topic }}{% if level is defined %} at level {{ level }}{% endif %}.',
  messages: [{ role: 'user', content: 'Explain {{ topic }} in a {{ tone | default("kind") }} tone.' }],
  settings: { temperature: 0.3 },
};
export const refused = (code: string, param: string | null, message: unknown = anyString) => ({
  status: 400,
  body: { error: { type: 'invalid_request_error', code, param, message } },
});

/** The shared system with a caller, its stock client, and requests to /v1/prompts. */
export async function promptSystem() {
  const system = await sharedSystem();
  const { provider } = system;
  const token = await system.token();
  const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0 });

  async function call(
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, as = token }: { headers?: Record<string, string>; as?: string } = {},
  ): Promise<Answer> {
    const answer = await fetch(`${system.url}/v1/prompts${path}`, {
      method,
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      body: (await answer.json()) as Answer['body'],
    };
  }

  async function create(content: object): Promise<string> {
    const { status, body } = await call('POST', '', { name: 'A prompt', model, ...content });
    expect(status, JSON.stringify(body)).toBe(200);
    return body.id;
  }
  const messagesOf = (index = -1) =>
    provider.calls.at(index)?.body.messages.map(({ role, content }) => ({ role, content }));
  return { system, provider, token, client, call, create, messagesOf };
}
