import { PlusIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { playgroundRoute } from '../app/router.tsx';
import { bodyOf } from '../content/content.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { Loading, Notice } from '../ui/page-states.tsx';
import { partsOf, useAttachments } from './attachments/attachments.ts';
import { Composer } from './composer.tsx';
import { DraftActions } from './draft/draft-actions.tsx';
import { type Create, createOf, type Draft, useDraft } from './draft/draft.ts';
import { DemoBanner, Examples } from './first-steps.tsx';
import styles from './playground.module.css';
import { RunPanel } from './run-panel.tsx';
import { isBusy, pendingRequests } from './run-view.ts';
import { SettingsPanel } from './settings/settings-panel.tsx';
import { useStartFrom } from './draft/start-from.ts';
import { StatusLine } from './status-line.tsx';
import { Transcript } from './transcript.tsx';
import { useRun } from './use-run.ts';

/** Where a user tries models, tools and prompts. The address names the run that is shown, so that a reload follows it further. */
export function PlaygroundPage() {
  const { run: runId, model } = playgroundRoute.useSearch();
  const navigate = useNavigate();
  const [draft, change] = useDraft();
  const attachments = useAttachments();
  const { hasFaults, report } = useFaults();
  /** Stops what is being sent; null: nothing is. */
  const [sending, setSending] = useState<AbortController | null>(null);
  const [refusal, setRefusal] = useState<Error | null>(null);
  const show = (run: string | undefined) =>
    void navigate({ to: '/playground', search: { run }, replace: true });
  const { run, context, error, send } = useRun(runId, show);
  const begin = (changes: Partial<Draft>) => {
    sending?.abort();
    setRefusal(null);
    change(changes);
    show(undefined);
  };
  // The draft takes the model out of the address, so that a reload keeps what the user chooses next.
  useEffect(() => {
    if (model === undefined) return;
    if (draft.content.model !== model) change({ content: { ...draft.content, model } });
    void navigate({ to: '/playground', search: {}, replace: true });
  }, [model, draft.content, change, navigate]);
  const view = useSyncExternalStore(run.subscribe, run.snapshot);
  const { isReading, error: startFailure } = useStartFrom(begin);
  const failure = error ?? refusal ?? startFailure;

  /** Sends what `create` resolves to. Resolves to whether the server has taken it. */
  const start = async (create: () => Promise<Create>): Promise<boolean> => {
    if (sending) return false;
    const stop = new AbortController();
    setSending(stop);
    setRefusal(null);
    try {
      const { fields, input } = await create();
      return await send(input, fields, stop.signal);
    } catch (failed) {
      setRefusal(failed as Error); // as the API's functions throw
      return false;
    } finally {
      setSending(null);
    }
  };

  const parts = partsOf(draft.message, attachments.list);
  const items = [...draft.context, ...(parts.length > 0 ? [{ role: 'user', content: parts }] : [])];
  const isFirst = view.id === null;
  const isEmpty = isFirst && runId === undefined && draft.context.length === 0;
  const hasInput = items.length > 0 || (isFirst && draft.content.messages.length > 0);
  const canRun = hasInput && attachments.areReady && !hasFaults;
  const submit = async () => {
    const isStarted = await start(async () => {
      const { fields, input } = await createOf(draft, !isFirst);
      return { fields, input: [...(isFirst ? input : []), ...items] };
    });
    if (!isStarted) return;
    change({ message: '', context: [] });
    attachments.clear();
  };

  if (isReading) return <Loading rows={12} />;
  return (
    <div className={styles['page']} data-run={view.id !== null}>
      <header className={styles['head']}>
        <h1>{t('playground.title')}</h1>
        <div className={styles['actions']}>
          <DraftActions draft={draft} change={change} items={items} />
          <Button icon={<PlusIcon />} onClick={() => begin({ context: [] })}>
            {t('playground.new')}
          </Button>
        </div>
      </header>
      <FaultyFields value={report}>
        <SettingsPanel draft={draft} change={change} />
      </FaultyFields>
      <section className={styles['conversation']}>
        <Transcript context={[...context, ...draft.context]} view={view} onDecided={() => void run.reload()}>
          {isEmpty && (
            <>
              <Notice title={t('playground.empty')}>
                <p>{t('playground.empty.more')}</p>
              </Notice>
              <Examples
                run={(message, tools) => {
                  const { input: _input, ...fields } = bodyOf({ ...draft.content, tools });
                  void start(() => Promise.resolve({ fields, input: [{ role: 'user', content: message }] }));
                }}
              />
              <DemoBanner />
            </>
          )}
        </Transcript>
        {failure && (
          <div className={styles['refusal']}>
            <p className={styles['error']} role="alert">
              {t('state.failed')}: <span translate="no">{failure.message}</span>
            </p>
          </div>
        )}
        <StatusLine view={view} hasPending={pendingRequests(view).length > 0} />
        <Composer
          message={draft.message}
          onChange={(message) => change({ message })}
          attachments={attachments}
          isSending={sending !== null}
          isBusy={isBusy(view)}
          canRun={canRun}
          onRun={() => void submit()}
          onStop={() => (sending ? sending.abort() : void run.cancel())}
        />
      </section>
      {view.id !== null && <RunPanel id={view.id} />}
    </div>
  );
}
