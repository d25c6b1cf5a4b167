import { useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { runsRoute } from '../app/router.tsx';
import { type Run, useRuns } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { RunFilterBar } from './run-filter-bar.tsx';
import { RunRow } from './run-row.tsx';
import styles from './runs.module.css';

const rowHeight = 52;
const overscan = 8;

/** All runs that fit the filters of the address, newest first. Only the rows that can be seen are in the page. */
export function RunsPage() {
  const filters = runsRoute.useSearch();
  const navigate = useNavigate();
  const runs = useRuns(filters);
  const rows = runs.data?.pages.flatMap(({ data }) => data) ?? [];
  const hasFilters = Object.values(filters).some(Boolean);
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.runs')} />
      <RunFilterBar
        filters={filters}
        onChange={(changes) => void navigate({ to: '/runs', search: { ...filters, ...changes } })}
      />
      {runs.isPending && <Loading rows={8} />}
      {runs.isError && <Failure error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isSuccess && rows.length === 0 && (
        <Notice title={t(hasFilters ? 'runs.empty.filtered' : 'runs.empty')}>
          {hasFilters ? (
            <Button onClick={() => void navigate({ to: '/runs', search: {} })}>{t('runs.clear')}</Button>
          ) : (
            <p>{t('runs.empty.more')}</p>
          )}
        </Notice>
      )}
      {rows.length > 0 && (
        <RunList
          rows={rows}
          hasMore={runs.hasNextPage && !runs.isFetchingNextPage}
          onEnd={() => void runs.fetchNextPage()}
        />
      )}
    </div>
  );
}

function RunList({ rows, hasMore, onEnd }: { rows: readonly Run[]; hasMore: boolean; onEnd: () => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
  });
  const shown = virtual.getVirtualItems();
  const isAtEnd = (shown.at(-1)?.index ?? 0) >= rows.length - overscan;
  useEffect(() => {
    if (isAtEnd && hasMore) onEnd();
  }, [isAtEnd, hasMore, onEnd]);
  return (
    <div ref={scroller} className={styles['scroller']} tabIndex={0} aria-label={t('nav.runs')} role="region">
      <ul className={styles['rows']} style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, start }) => {
          const run = rows[index];
          return (
            run && (
              <li
                key={run.id}
                className={styles['item']}
                style={{ transform: `translateY(${start}px)`, height: rowHeight }}
              >
                <RunRow run={run} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}
