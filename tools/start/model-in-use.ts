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
  const list = (headers: Record<string, string>) => fetch(`${address}/llm/v1/models`, { headers, signal });
  try {
    let response = await list({});
    if (response.status === 401) {
      const login = await fetch(`${address}/llm/auth/guest-login`, { method: 'POST', signal });
      // The reply of a login in the Jan document.
      const { access_token } = (await login.json()) as { access_token: string };
      response = await list({ authorization: `Bearer ${access_token}` });
    }
    const models = parseModels(await response.json());
    const first = models.find(({ id }) => id === defaultModel) ?? models[0];
    return first && { name: first.id, isDemo: models.every(({ owner }) => owner === 'demo') };
  } catch {
    return undefined;
  }
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
