import type { ProviderCall } from './provider-call.ts';

/** One step of an answer. The provider plays them in order; without `end`, `cut` or `hang` it then sends finish reason, usage and `[DONE]`. */
export type ProviderStep =
  | { do: 'chunk'; choice: Record<string, unknown> }
  | { do: 'event'; data: Record<string, unknown> }
  | { do: 'raw'; text: string | Uint8Array }
  | { do: 'finish'; reason: string | null }
  | { do: 'usage'; usage: Record<string, unknown> | null }
  | { do: 'wait'; until: Promise<unknown> | number }
  | { do: 'fail'; status: number; body: unknown; headers: Record<string, string> }
  | { do: 'end' }
  | { do: 'cut' }
  | { do: 'hang' };

/** Returns the steps to play for a request. */
export type ProviderScript = (call: ProviderCall) => Steps | Promise<Steps>;
export type Steps = (ProviderStep | ProviderStep[])[];

/** Returns a vector for each text to embed, or a failure. */
export type EmbeddingScript = (texts: readonly string[]) => number[][] | ProviderStep;

/** One chunk of text for each piece. */
export function text(...pieces: string[]): ProviderStep[] {
  return pieces.map((content) => chunk({ delta: { content } }));
}

export function reasoning(...pieces: string[]): ProviderStep[] {
  return pieces.map((content) => chunk({ delta: { reasoning_content: content } }));
}

export function refusal(...pieces: string[]): ProviderStep[] {
  return pieces.map((content) => chunk({ delta: { refusal: content } }));
}

/** A tool call, streamed as providers do: the name first, then the arguments in two pieces. */
export function toolCall(
  name: string,
  args: unknown,
  { id = `call_${name}`, index = 0 } = {},
): ProviderStep[] {
  const json = typeof args === 'string' ? args : JSON.stringify(args);
  const half = Math.ceil(json.length / 2);
  const piece = (call: object) => chunk({ delta: { tool_calls: [{ index, ...call }] } });
  return [
    piece({ id, type: 'function', function: { name, arguments: '' } }),
    piece({ function: { arguments: json.slice(0, half) } }),
    piece({ function: { arguments: json.slice(half) } }),
  ];
}

/** A chunk with this one choice. */
export function chunk(choice: Record<string, unknown>): ProviderStep {
  return { do: 'chunk', choice };
}

/** A server-sent event with this data. */
export function event(data: Record<string, unknown>): ProviderStep {
  return { do: 'event', data };
}

/** Writes these bytes unchanged. */
export function raw(content: string | Uint8Array): ProviderStep {
  return { do: 'raw', text: content };
}

/** Sets the finish reason. The default follows from the script: `tool_calls` or `stop`. Null omits it. */
export function finish(reason: string | null): ProviderStep {
  return { do: 'finish', reason };
}

/** Sets the usage to report; null omits it. */
export function usage(figures: Record<string, unknown> | null): ProviderStep {
  return { do: 'usage', usage: figures };
}

/** Waits for a promise, or for this many milliseconds. */
export function wait(until: Promise<unknown> | number): ProviderStep {
  return { do: 'wait', until };
}

/** An HTTP error instead of an answer. */
export function fail(
  status: number,
  {
    message = `Scripted failure ${status}`,
    code = null,
    headers = {},
    body,
  }: { message?: string; code?: string | null; headers?: Record<string, string>; body?: unknown } = {},
): ProviderStep {
  return {
    do: 'fail',
    status,
    headers,
    body: body ?? { error: { message, type: 'scripted', code, param: null } },
  };
}

/** Ends the body cleanly here, without finish reason, usage or `[DONE]`. */
export function end(): ProviderStep {
  return { do: 'end' };
}

/** Destroys the socket. */
export function cut(): ProviderStep {
  return { do: 'cut' };
}

/** Stops playing and leaves the connection open. As the first step, it sends no headers either. */
export function hang(): ProviderStep {
  return { do: 'hang' };
}
