import { useNavigate } from '@tanstack/react-router';
import { usageRoute } from '../app/router.tsx';
import { useUsage } from './usage-api.ts';
import { t } from '../i18n/t.ts';
import { timeZone, usePreferences } from '../settings/preferences.ts';
import { Button } from '../ui/button.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { boundsOf } from './range.ts';
import { UsageFilterBar } from './usage-filter-bar.tsx';
import { UsageFigures } from './usage-figures.tsx';
import styles from './usage.module.css';
import type { UsageSearch } from './usage-search.ts';

/** What runs have used: bars by time, parts by group, and tables of the same figures, whose rows lead to the runs behind them. */
export function UsagePage() {
  usePreferences();
  const search = usageRoute.useSearch();
  const navigate = useNavigate();
  const { range = '7d', group = 'model', measure = 'tokens', from, to } = search;
  const zone = timeZone();
  const usage = useUsage({
    ...boundsOf({ range, from, to }, zone, Date.now()),
    time_zone: zone,
    group_by: group,
  });
  const change = (changes: UsageSearch) =>
    void navigate({ to: '/usage', search: { ...search, ...changes }, replace: true });
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.usage')} />
      <UsageFilterBar search={{ range, group, measure, from, to }} zone={zone} onChange={change} />
      {usage.isPending && <Loading rows={8} />}
      {usage.isError && <Failure error={usage.error} retry={() => void usage.refetch()} />}
      {usage.isSuccess &&
        (usage.data.total.num_runs === 0 ? (
          <Notice title={t(range === '12m' ? 'usage.never' : 'usage.empty')}>
            <p>{t('usage.empty.more')}</p>
            {range !== '12m' && <Button onClick={() => change({ range: '12m' })}>{t('usage.longer')}</Button>}
          </Notice>
        ) : (
          <UsageFigures usage={usage.data} measure={measure} />
        ))}
    </div>
  );
}
