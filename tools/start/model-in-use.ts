import type { RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { request } from '../processes/http.ts';

const timeoutMs = 5000;

export interface ModelInUse {
  name: string;
  /** Only the built-in planner answers. */
  isDemo: boolean;
}

/** Lists the models of the running system: without a token, or where that is refused as a new guest. */
export async function modelInUse(
  address: string,
  defaultModel: string | undefined,
): Promise<ModelInUse | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const list = (headers: Record<string, string>) =>
    requestJson(`${address}/llm/v1/models`, { headers, signal });
  try {
    let reply = await list({});
    if (reply.status === 401) {
      const login = await requestJson(`${address}/llm/auth/guest-login`, { method: 'POST', signal });
      // The reply of a login in the Jan document.
      const { access_token } = login.body as { access_token: string };
      reply = await list({ authorization: `Bearer ${access_token}` });
    }
    const models = parseModels(reply.body);
    const first = models.find(({ id }) => id === defaultModel) ?? models[0];
    return first && { name: first.id, isDemo: models.every(({ owner }) => owner === 'demo') };
  } catch {
    return undefined;
  }
}

function requestJson(url: string, options: RequestOptions): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      text(response)
        .then((body) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) as unknown }))
        .catch(reject);
    });
    sent.on('error', reject).end();
  });
}

function parseModels(body: unknown): { id: string; owner: string }[] {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined;
  if (!Array.isArray(data)) return [];
  return (data as unknown[]).flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { id, owned_by: owner } = entry as Record<string, unknown>;
    return typeof id === 'string' ? [{ id, owner: typeof owner === 'string' ? owner : '' }] : [];
  });
}
