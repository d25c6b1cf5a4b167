import { Link } from '@tanstack/react-router';
import { isOver, lastedMs, type Run } from '../api/runs.ts';
import { useServerNow } from '../api/server-clock.ts';
import { t } from '../i18n/t.ts';
import { formatCost } from '../ui/text/cost.ts';
import { formatDuration } from '../ui/text/duration.ts';
import { Status } from '../ui/status.tsx';
import { Time } from '../ui/text/time.tsx';
import styles from './runs.module.css';

const tickMs = 1_000;

/** One run of the list: what was asked, how it stands, and what it took. */
export function RunRow({ run, index, isActive }: { run: Run; index: number; isActive: boolean }) {
  const { id, preview, model, model_used: used, dialect, tools, pending_approvals: pending } = run;
  return (
    <Link
      to="/runs/$id"
      params={{ id }}
      className={styles['row'] ?? ''}
      data-index={index}
      tabIndex={isActive ? 0 : -1}
    >
      <Status status={run.status} />
      <span className={styles['what']}>
        <span className={styles['preview']} translate="no">
          {preview || id}
        </span>
        <span className={styles['more']}>
          {pending > 0 && <span className={styles['pending']}>{t('runs.pending', { count: pending })}</span>}
          <span translate="no">{[used ?? model, ...tools].join(' · ')}</span>
        </span>
      </span>
      <span className={styles['facts']} translate="no">
        {dialect}
      </span>
      <span className={styles['number']}>{t('runs.tokens', { count: run.usage.total_tokens })}</span>
      <span className={styles['number']} translate="no">
        {formatCost(run.cost)}
      </span>
      <span className={styles['number']} translate="no">
        <Lasted run={run} />
      </span>
      <Time iso={run.created_at} className={styles['number'] ?? ''} />
    </Link>
  );
}

/** How long a run has lasted; it ticks while the run goes on. */
export function Lasted({ run }: { run: Run }) {
  const now = useServerNow(!isOver(run), tickMs);
  return <span data-lasted>{formatDuration(lastedMs(run, now))}</span>;
}

/** The names of the columns. A row says itself what each part of it is. */
export function RunColumns() {
  return (
    <div className={styles['columns']} aria-hidden="true">
      <span>{t('runs.filter.status')}</span>
      <span>{t('runs.column.input')}</span>
      <span>{t('runs.filter.dialect')}</span>
      <span className={styles['number']}>{t('runs.fact.tokens')}</span>
      <span className={styles['number']}>{t('runs.fact.cost')}</span>
      <span className={styles['number']}>{t('runs.fact.duration')}</span>
      <span className={styles['number']}>{t('runs.column.started')}</span>
    </div>
  );
}
