import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { runsRoute } from '../app/router.tsx';
import { type RunFilters, useRuns } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { RunFilterBar } from './run-filter-bar.tsx';
import { RunList } from './run-list.tsx';
import styles from './runs.module.css';

/** All runs that fit the filters of the address, newest first. */
export function RunsPage() {
  const filters = runsRoute.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const runs = useRuns(filters);
  const pages = runs.data?.pages ?? [];
  const rows = pages.flatMap(({ data }) => data);
  const hasFilters = Object.values(filters).some(Boolean);
  const show = (search: RunFilters) => void navigate({ to: '/runs', search });
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.runs')}>
        {hasFilters && <Button onClick={() => show({})}>{t('filter.clear')}</Button>}
      </PageHead>
      <RunFilterBar filters={filters} onChange={(changes) => show({ ...filters, ...changes })} />
      {runs.isPending && <Loading rows={8} />}
      {runs.isError && rows.length === 0 && <Failure error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isSuccess && rows.length === 0 && (
        <Notice title={t(hasFilters ? 'runs.empty.filtered' : 'runs.empty')}>
          {hasFilters ? (
            <p>{t('runs.empty.filtered.more')}</p>
          ) : (
            <p>
              {t('runs.empty.more')} <Link to="/playground">{t('runs.empty.start')}</Link>
            </p>
          )}
        </Notice>
      )}
      {runs.isError && rows.length > 0 && (
        <p className={styles['failure']} role="alert">
          <span translate="no">{runs.error.message}</span>
          <Button onClick={() => void runs.refetch()}>{t('state.retry')}</Button>
        </p>
      )}
      {rows.length > 0 && (
        <RunList
          // Other filters are another list, which begins at its top.
          key={JSON.stringify(filters)}
          rows={rows}
          start={runs.hasPreviousPage ? Math.max(0, pages[0]?.start ?? 0) : 0}
          // A page that failed is requested again by its user, not by the scrolling.
          isBusy={runs.isFetching || runs.isError}
          hasNext={runs.hasNextPage}
          onNext={() => void runs.fetchNextPage({ cancelRefetch: false })}
          onPrevious={() => void runs.fetchPreviousPage({ cancelRefetch: false })}
          onRestart={() => void client.resetQueries({ queryKey: ['runs', filters], exact: true })}
        />
      )}
    </div>
  );
}
