import { useEffect, useRef, useState } from 'react';
import { playgroundRoute } from '../../app/router.tsx';
import { readPrompt } from '../../api/content/prompts.ts';
import { type Draft, draftOfPrompt } from './draft.ts';
import { forkOf } from './fork.ts';

/**
 * Reads the prompt or the run that the address names, and gives the draft that starts from it to `start`, which takes the names out of the address:
 * a reload keeps what the user changed since. `isReading` until then: what a user changes in the earlier draft meanwhile would be lost.
 */
export function useStartFrom(start: (changes: Partial<Draft>) => void): {
  isReading: boolean;
  error: Error | null;
} {
  const { prompt, version, fork, turn = 0 } = playgroundRoute.useSearch();
  const latest = useRef(start);
  useEffect(() => {
    latest.current = start;
  });
  const address = [prompt, version, fork, turn].join(' ');
  const [failed, setFailed] = useState<{ address: string; error: Error } | null>(null);
  useEffect(() => {
    if (prompt === undefined && fork === undefined) return;
    const left = new AbortController();
    const { signal } = left;
    const reading: Promise<Partial<Draft>> =
      prompt === undefined
        ? forkOf(fork ?? '', turn, signal)
        : readPrompt(prompt, version, signal).then((read) => ({ ...draftOfPrompt(read), context: [] }));
    reading.then(
      (changes) => {
        if (!signal.aborted) latest.current(changes);
      },
      (failure: unknown) => {
        if (signal.aborted) return;
        setFailed({ address, error: failure instanceof Error ? failure : new Error(String(failure)) });
      },
    );
    return () => left.abort();
  }, [address, prompt, version, fork, turn]);
  const error = failed?.address === address ? failed.error : null;
  return { isReading: (prompt ?? fork) !== undefined && error === null, error };
}
