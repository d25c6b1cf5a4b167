import type { Caller, MessageItem, Response, ResponseEvent } from '@antiphon/contracts';
import type { ResponseRunner, RunStart } from '@antiphon/runtime';
import type { MemoryStores } from './memory-stores.ts';

type Bursts = AsyncIterable<readonly ResponseEvent[]> | Iterable<readonly ResponseEvent[]>;

/** A script of a run, burst by burst. */
export type RunScript = (start: RunStart, gone: AbortSignal | undefined) => Bursts;

/** Runs a script in place of the engine. The end of a stored response is stored before its burst is yielded, as in the real runner. */
export class ScriptedRunner implements Pick<ResponseRunner, 'run' | 'assertRunnable' | 'countInput'> {
  readonly starts: (RunStart & { caller: Caller; gone: AbortSignal | undefined })[] = [];
  script: RunScript = answering('Hello');
  /** The error that refuses a run before it is stored. */
  refusal: Error | null = null;

  constructor(private readonly stores: MemoryStores) {}

  /** The fake in place of the runner. It has every method that the app calls. */
  get asRunner(): ResponseRunner {
    return this as unknown as ResponseRunner;
  }

  async *run(
    caller: Caller,
    start: RunStart,
    gone?: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[], void> {
    this.starts.push({ ...start, caller, gone });
    for await (const burst of this.script(start, gone)) {
      for (const event of burst)
        if ('response' in event && event.response.stored) this.stores.put(event.response);
      yield burst;
    }
  }

  async assertRunnable(): Promise<void> {
    if (this.refusal) throw this.refusal;
  }

  async countInput(
    _caller: Caller,
    { history, response }: { history: readonly unknown[]; response: Response },
  ): Promise<number> {
    return history.length + response.input.length;
  }
}

/** A run that answers with a text. */
export function answering(text: string): RunScript {
  return ({ response }) => [
    [{ type: 'response.completed', response: ended(response, { output: [...response.output, says(text)] }) }],
  ];
}

export function ended(response: Response, changes: Partial<Response> = {}): Response {
  return { ...response, status: 'completed', completedAt: 2_000, ...changes };
}

export function says(text: string, role: MessageItem['role'] = 'assistant'): MessageItem {
  return { type: 'message', id: `msg_${text}`, role, content: [{ type: 'text', text }], status: 'completed' };
}
