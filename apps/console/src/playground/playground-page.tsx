import { PlusIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { playgroundRoute } from '../app/router.tsx';
import { getJson } from '../api/http.ts';
import { isCall, type WireItem } from '../api/items.ts';
import type { JsonObject } from '../api/content/prompts.ts';
import { bodyOf } from '../content/content.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { Failure } from '../ui/page-states.tsx';
import { partsOf, useAttachments } from './attachments/attachments.ts';
import { Composer } from './composer.tsx';
import { DraftActions } from './draft/draft-actions.tsx';
import { createOf, useDraft } from './draft/draft.ts';
import { DemoBanner, Examples } from './first-steps.tsx';
import { LiveRun } from './live-run.ts';
import styles from './playground.module.css';
import { RunPanel } from './run-panel.tsx';
import { isBusy, pendingRequests } from './run-view.ts';
import { SettingsPanel } from './settings/settings-panel.tsx';
import { useStartFrom } from './draft/start-from.ts';
import { StatusLine } from './status-line.tsx';
import { Transcript } from './transcript.tsx';

/** Where a user tries models, tools and prompts. The address names the run that is shown, so that a reload follows it further. */
export function PlaygroundPage() {
  const { run: runId, model } = playgroundRoute.useSearch();
  const navigate = useNavigate();
  const [draft, change] = useDraft();
  const attachments = useAttachments();
  const { hasFaults, report } = useFaults();
  const [refusal, setRefusal] = useState<Error | null>(null);
  const { run, context, error, send, reset } = useRun(runId, (id) =>
    navigate({ to: '/playground', search: id === null ? {} : { run: id }, replace: true }),
  );
  // The draft takes the model out of the address, so that a reload keeps what the user chooses next.
  useEffect(() => {
    if (model === undefined) return;
    if (draft.content.model !== model) change({ content: { ...draft.content, model } });
    void navigate({ to: '/playground', search: {}, replace: true });
  }, [model, draft.content, change, navigate]);
  const view = useSyncExternalStore(run.subscribe, run.snapshot);
  const startFailure = useStartFrom((changes) => {
    reset();
    change(changes);
  });
  const failure = error ?? refusal ?? startFailure;
  const isGoingOn = isBusy(view);

  const parts = partsOf(draft.message, attachments.list);
  const items = [...draft.context, ...(parts.length > 0 ? [{ role: 'user', content: parts }] : [])];
  const hasInput = items.length > 0 || (view.id === null && draft.content.messages.length > 0);
  const canRun = hasInput && attachments.areReady && !hasFaults;
  const submit = () => {
    if (!canRun || isGoingOn) return;
    const isFirst = view.id === null;
    createOf(draft, !isFirst).then(({ fields, input }) => {
      setRefusal(null);
      change({ message: '', context: [] });
      attachments.clear();
      send([...(isFirst ? input : []), ...items], fields);
    }, setRefusal);
  };

  return (
    <div className={styles['page']} data-run={view.id !== null}>
      <header className={styles['head']}>
        <h1>{t('playground.title')}</h1>
        <div className={styles['actions']}>
          <DraftActions draft={draft} change={change} items={items} />
          <Button icon={<PlusIcon />} onClick={reset}>
            {t('playground.new')}
          </Button>
        </div>
      </header>
      <FaultyFields value={report}>
        <SettingsPanel draft={draft} change={change} />
      </FaultyFields>
      <section className={styles['conversation']}>
        <Transcript
          context={[...context, ...draft.context]}
          view={view}
          onDecided={() => void run.reload()}
        />
        {failure && <Failure error={failure} />}
        {view.id === null && context.length === 0 && draft.context.length === 0 && (
          <Examples
            run={(message, tools) =>
              send([{ role: 'user', content: message }], { ...bodyOf(draft.content), tools })
            }
          />
        )}
        <DemoBanner />
        <StatusLine view={view} hasPending={pendingRequests(view).length > 0} />
        <Composer
          message={draft.message}
          onChange={(message) => change({ message })}
          attachments={attachments}
          isBusy={isGoingOn}
          canRun={canRun}
          onRun={submit}
          onStop={() => void run.cancel()}
        />
      </section>
      {view.id !== null && <RunPanel id={view.id} />}
    </div>
  );
}

interface Followed {
  run: LiveRun;
  /** The items before the run's own output. */
  context: readonly WireItem[];
  error: Error | null;
  /** Starts a run with these items after the conversation so far. */
  send: (input: readonly JsonObject[], request: JsonObject) => void;
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
    (input: readonly JsonObject[], request: JsonObject) => {
      const { id, items } = run.view;
      const sent = input.map((item, index): WireItem => ({
        id: `sent-${Date.now()}-${index}`,
        type: 'message',
        ...item,
      }));
      const next = new LiveRun();
      run.close();
      setContext((before) => [...before, ...items, ...sent]);
      setRun(next);
      setError(null);
      const stop = next.subscribe(() => {
        if (next.view.id === null) return;
        stop();
        show(next.view.id);
        // The messages of a stored prompt are known to the server only.
        if ('prompt' in request) readContext(next.view.id).then(setContext, setError);
      });
      next
        .start({
          ...request,
          input,
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
