import { Link } from '@tanstack/react-router';
import type { Run } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { formatDuration } from '../ui/duration.ts';
import { Status } from '../ui/status.tsx';
import { Time } from '../ui/time.tsx';
import styles from './runs.module.css';

/** One run of the list: what was asked, how it stands, and what it took. */
export function RunRow({ run }: { run: Run }) {
  const end = run.completed_at === null ? Date.now() : Date.parse(run.completed_at);
  return (
    <Link to="/runs/$id" params={{ id: run.id }} className={styles['row'] ?? ''}>
      <Status status={run.status} />
      <span className={styles['preview']} translate="no">
        {run.preview || run.id}
      </span>
      <span className={styles['model']} translate="no">
        {run.model_used ?? run.model}
      </span>
      <span className={styles['facts']} translate="no">
        {run.dialect}
      </span>
      <span className={styles['facts']}>{t('runs.tokens', { count: run.usage.total_tokens })}</span>
      <span className={styles['facts']} translate="no">
        {formatDuration(end - Date.parse(run.started_at ?? run.created_at))}
      </span>
      <Time iso={run.created_at} className={styles['facts'] ?? ''} />
    </Link>
  );
}
