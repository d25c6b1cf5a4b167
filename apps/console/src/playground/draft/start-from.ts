import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { playgroundRoute } from '../../app/router.tsx';
import { readPrompt } from '../../api/prompts.ts';
import { type Draft, draftOfPrompt } from './draft.ts';
import { forkOf } from './fork.ts';

/**
 * Fills the draft from the prompt or the run that the address names, once; then the address names it no more, so that a reload keeps what the user
 * changed since. Returns what failed.
 */
export function useStartFrom(change: (changes: Partial<Draft>) => void): Error | null {
  const { prompt, version, fork, turn = 0 } = playgroundRoute.useSearch();
  const navigate = useNavigate();
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    if (prompt === undefined && fork === undefined) return;
    const left = new AbortController();
    const { signal } = left;
    const start =
      prompt === undefined
        ? forkOf(fork ?? '', turn, signal)
        : readPrompt(prompt, version, signal).then((read) => ({ ...draftOfPrompt(read), context: [] }));
    start.then(
      (changes) => {
        if (signal.aborted) return;
        setError(null);
        change(changes);
        void navigate({ to: '/playground', search: {}, replace: true });
      },
      (failure: unknown) => {
        if (!signal.aborted) setError(failure instanceof Error ? failure : new Error(String(failure)));
      },
    );
    return () => left.abort();
  }, [prompt, version, fork, turn, change, navigate]);
  return error;
}
