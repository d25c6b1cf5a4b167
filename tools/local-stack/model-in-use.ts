const timeoutMs = 5000;

export interface ModelInUse {
  name: string;
  /** Nothing but the built-in planner answers. */
  isDemo: boolean;
}

/** Asks the running system which models it offers. */
export async function modelInUse(
  address: string,
  defaultModel: string | undefined,
): Promise<ModelInUse | undefined> {
  try {
    const response = await fetch(`${address}/llm/v1/models`, { signal: AbortSignal.timeout(timeoutMs) });
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
