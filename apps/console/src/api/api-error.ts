/** A refused request, as the API explains it, or a server that could not be reached. */
export class ApiError extends Error {
  /** The HTTP status; 0: no answer. */
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;
  /** The body of the answer, where it is JSON. */
  readonly body: unknown;

  constructor(
    message: string,
    facts: { status: number; code?: string | null; param?: string | null; body?: unknown },
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = facts.status;
    this.code = facts.code ?? null;
    this.param = facts.param ?? null;
    this.body = facts.body;
  }

  /** The server or the network is away; the same request may work later. */
  get isAway(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** The errors of every API here have one of two shapes; a gateway's has only a message. */
export async function errorOf(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  const body = parsed(text);
  const { error, detail, message } = body as {
    error?: { message?: string; code?: string | null; param?: string | null };
    detail?: unknown;
    message?: string;
  };
  const words = error?.message ?? message ?? (typeof detail === 'string' ? detail : text.slice(0, 300));
  return new ApiError(words || `The server answered ${answer.status}.`, {
    status: answer.status,
    code: error?.code ?? null,
    param: error?.param ?? null,
    body,
  });
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
