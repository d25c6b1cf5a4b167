import { t } from '../i18n/t.ts';
import { type RunStatus, Status } from '../ui/status.tsx';
import styles from './playground.module.css';
import type { RunView } from './run-view.ts';

/** The state of the run in one line, the only part of the page that a screen reader speaks by itself. */
export function StatusLine({ view, hasPending }: { view: RunView; hasPending: boolean }) {
  return (
    <div className={styles['statusLine']}>
      {view.id !== null && <Status status={hasPending ? 'requires_action' : (view.status as RunStatus)} />}
      <span role="status">{spoken(view, hasPending)}</span>
      {view.usage && (
        <span className={styles['tokens']} translate="no">
          {t('playground.tokens', {
            input: view.usage.input_tokens,
            output: view.usage.output_tokens,
          })}
        </span>
      )}
    </div>
  );
}

function spoken(view: RunView, hasPending: boolean): string {
  if (view.isReconnecting) return t('playground.reconnecting');
  if (hasPending) return t('playground.said.approval');
  if (view.isOver || view.status === 'cancelled') return t('playground.said.done');
  return view.id === null ? '' : t('playground.said.started');
}
