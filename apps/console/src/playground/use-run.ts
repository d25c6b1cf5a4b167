import { useEffect, useState } from 'react';
import type { WireItem } from '../api/items.ts';
import type { JsonObject } from '../api/content/prompts.ts';
import { followingRun, readBefore, shownBefore } from './conversation.ts';
import { LiveRun } from './live-run.ts';

interface Followed {
  run: LiveRun;
  /** The items before the run's own output. */
  context: readonly WireItem[];
  /** Why the run of the address cannot be shown. */
  error: Error | null;
  /**
   * Starts a run with these items after the conversation so far, which stays as it is until the server has created the run. Resolves to false where
   * the signal stops it before. Throws where the server refuses the run.
   */
  send: (input: readonly JsonObject[], request: JsonObject, signal: AbortSignal) => Promise<boolean>;
}

/** The run of the address, which `show` changes; without one, an empty conversation. */
export function useRun(runId: string | undefined, show: (id: string) => unknown): Followed {
  const [run, setRun] = useState(() => new LiveRun());
  const [context, setContext] = useState<readonly WireItem[]>([]);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => () => run.close(), [run]);

  useEffect(() => {
    // A run that this page started puts its own id into the address.
    if ((runId ?? null) === run.view.id) return;
    const shown = new LiveRun();
    setRun(shown);
    setError(null);
    setContext([]);
    if (runId === undefined) return;
    let isLeft = false;
    const fail = (failure: Error) => !isLeft && setError(failure);
    shown.attach(runId).catch(fail);
    readBefore(runId).then((items) => !isLeft && setContext(items), fail);
    return () => {
      isLeft = true;
    };
  }, [runId]);

  const send: Followed['send'] = async (input, request, signal) => {
    const shown = [...context, ...shownBefore(run.view.items)];
    const following = await followingRun(run.view, shown, input);
    if (signal.aborted) return false;
    const next = new LiveRun();
    signal.addEventListener('abort', () => next.close());
    await next.start({ ...request, ...following });
    const { id } = next.view;
    if (id === null) return false;
    const sent = input.map((item, index): WireItem => ({ id: `${id}-${index}`, type: 'message', ...item }));
    setRun(next);
    setError(null);
    setContext([...shown, ...sent]);
    show(id);
    // The messages of a stored prompt are known to the server only.
    if ('prompt' in request) readBefore(id).then(setContext, setError);
    return true;
  };

  return { run, context, error, send };
}
