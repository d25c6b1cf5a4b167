import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../i18n/t.ts';
import { TimelineView } from '../timeline/timeline-view.tsx';
import { useTimeline } from '../timeline/use-timeline.ts';
import { Failure } from '../ui/page-states.tsx';
import { useMedia } from '../ui/use-media.ts';
import styles from './playground.module.css';

/** As in `playground.module.css`. */
const wide = '(min-width: 1200px)';

/** The timeline of the run: beside its conversation on wide screens, below it and on demand on others. */
export function RunPanel({ id }: { id: string }) {
  const isBeside = useMedia(wide);
  const [isOpen, setIsOpen] = useState(false);
  if (!isBeside)
    return (
      <details
        className={styles['run']}
        open={isOpen}
        onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
      >
        <summary>{t('playground.run.panel')}</summary>
        {isOpen && <RunTimeline key={id} id={id} />}
      </details>
    );
  return (
    <aside className={styles['run']} aria-label={t('playground.run.panel')}>
      <h2>{t('playground.run.panel')}</h2>
      <RunTimeline key={id} id={id} />
    </aside>
  );
}

/** A row that is selected in it is the one that the page of the run opens with. */
function RunTimeline({ id }: { id: string }) {
  const { data: timeline, error, refetch } = useTimeline(id, { isStreamed: false });
  const [item, setItem] = useState<string>();
  return (
    <>
      <Link to="/runs/$id" params={{ id }} search={{ item }}>
        {t(item === undefined ? 'playground.run.open' : 'playground.run.openRow')}
      </Link>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {timeline && timeline.turns.length > 0 && (
        <TimelineView timeline={timeline} selected={item ?? null} onSelect={setItem} />
      )}
    </>
  );
}
