import { PlusIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { playgroundRoute } from '../app/router.tsx';
import { getJson } from '../api/http.ts';
import { isCall, type WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/page-states.tsx';
import { Composer } from './composer.tsx';
import { requestOf, useDraft } from './draft.ts';
import { DemoBanner, Examples } from './first-steps.tsx';
import { LiveRun } from './live-run.ts';
import styles from './playground.module.css';
import { isBusy, pendingRequests } from './run-view.ts';
import { SettingsPanel } from './settings-panel.tsx';
import { StatusLine } from './status-line.tsx';
import { Transcript } from './transcript.tsx';

/** Where a user tries models, tools and prompts. The address names the run that is shown, so that a reload follows it further. */
export function PlaygroundPage() {
  const { run: runId } = playgroundRoute.useSearch();
  const navigate = useNavigate();
  const [draft, change] = useDraft();
  const { run, context, error, send, reset } = useRun(runId, (id) =>
    navigate({ to: '/playground', search: id === null ? {} : { run: id }, replace: true }),
  );
  const view = useSyncExternalStore(run.subscribe, run.snapshot);
  const isGoingOn = isBusy(view);

  const submit = useCallback(() => {
    const text = draft.message.trim();
    if (text === '' || isGoingOn) return;
    change({ message: '' });
    send(text, requestOf(draft));
  }, [draft, isGoingOn, change, send]);

  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <h1>{t('playground.title')}</h1>
        <Button icon={<PlusIcon />} onClick={reset}>
          {t('playground.new')}
        </Button>
      </header>
      <SettingsPanel draft={draft} change={change} />
      <section className={styles['conversation']}>
        <Transcript context={context} view={view} onDecided={() => void run.reload()} />
        {error && <Failure error={error} />}
        {view.id === null && context.length === 0 && (
          <Examples run={(message, tools) => send(message, { ...requestOf(draft), tools })} />
        )}
        <DemoBanner />
        <StatusLine view={view} hasPending={pendingRequests(view).length > 0} />
        <Composer
          message={draft.message}
          onChange={(message) => change({ message })}
          isBusy={isGoingOn}
          onRun={submit}
          onStop={() => void run.cancel()}
        />
      </section>
    </div>
  );
}

interface Followed {
  run: LiveRun;
  /** The items before the run's own output. */
  context: readonly WireItem[];
  error: Error | null;
  send: (text: string, request: Record<string, unknown>) => void;
  reset: () => void;
}

/** The run of the address, or the one that was just started. */
function useRun(runId: string | undefined, show: (id: string | null) => unknown): Followed {
  const [run, setRun] = useState(() => new LiveRun());
  const [context, setContext] = useState<readonly WireItem[]>([]);
  const [error, setError] = useState<Error | null>(null);

  useEffect(() => {
    if (runId === undefined || run.view.id === runId) return;
    const attached = new LiveRun();
    setRun(attached);
    setError(null);
    attached.attach(runId).catch(setError);
    readContext(runId).then(setContext, setError);
    return () => attached.close();
    // A run that this page started puts its own id into the address.
  }, [runId]);

  const send = useCallback(
    (text: string, request: Record<string, unknown>) => {
      const { id, items } = run.view;
      const asked: WireItem = {
        id: `sent-${Date.now()}`,
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text }],
      };
      const next = new LiveRun();
      run.close();
      setContext((before) => [...before, ...items, asked]);
      setRun(next);
      setError(null);
      const stop = next.subscribe(() => {
        if (next.view.id === null) return;
        stop();
        show(next.view.id);
      });
      next
        .start({
          ...request,
          input: [{ role: 'user', content: [{ type: 'input_text', text }] }],
          ...(id !== null && { previous_response_id: id }),
        })
        .catch(setError);
    },
    [run, show],
  );

  const reset = useCallback(() => {
    run.close();
    setRun(new LiveRun());
    setContext([]);
    setError(null);
    show(null);
  }, [run, show]);

  return { run, context, error, send, reset };
}

const contextMax = 100;

/** The items that a run's model read before its own output, oldest first. */
async function readContext(id: string): Promise<WireItem[]> {
  const { data } = await getJson<{ data: WireItem[] }>(
    `/v1/responses/${id}/input_items?order=desc&limit=${contextMax}&include=message.input_image.image_url`,
  );
  return data.toReversed().filter((item) => item.type === 'message' || isCall(item));
}
