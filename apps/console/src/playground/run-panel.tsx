import { Link, useNavigate } from '@tanstack/react-router';
import { t } from '../i18n/t.ts';
import { TimelineView } from '../timeline/timeline-view.tsx';
import { useTimeline } from '../timeline/use-timeline.ts';
import { Failure } from '../ui/page-states.tsx';
import styles from './playground.module.css';

/** The timeline of the run, beside its conversation on wide screens. What is selected in it is shown on the page of the run. */
export function RunPanel({ id }: { id: string }) {
  const { data: timeline, error, refetch } = useTimeline(id, { isStreamed: false });
  const navigate = useNavigate();
  return (
    <aside className={styles['run']} aria-label={t('playground.run.panel')}>
      <header className={styles['runHead']}>
        <h2>{t('playground.run.panel')}</h2>
        <Link to="/runs/$id" params={{ id }}>
          {t('playground.run.open')}
        </Link>
      </header>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {timeline && timeline.turns.length > 0 && (
        <TimelineView
          timeline={timeline}
          selected={null}
          onSelect={(item) => void navigate({ to: '/runs/$id', params: { id }, search: { item } })}
        />
      )}
    </aside>
  );
}
