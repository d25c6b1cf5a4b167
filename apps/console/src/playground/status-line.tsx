import { t } from '../i18n/t.ts';
import { useAnnouncement } from '../ui/announcements.tsx';
import { type RunStatus, Status } from '../ui/status.tsx';
import styles from './playground.module.css';
import type { RunView } from './run-view.ts';

/** The state of the run in one line, which a screen reader speaks. */
export function StatusLine({ view, hasPending }: { view: RunView; hasPending: boolean }) {
  const text = spoken(view, hasPending);
  useAnnouncement(text);
  return (
    <div className={styles['statusLine']}>
      {view.id !== null && <Status status={hasPending ? 'requires_action' : (view.status as RunStatus)} />}
      <span>{text}</span>
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
