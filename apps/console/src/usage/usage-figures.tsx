import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Usage } from './usage-api.ts';
import { t } from '../i18n/t.ts';
import { groupAt, type Measure, runFilterOf, seriesOf, totalOf, valueOf } from './figures.ts';
import { bucketLabel, formatCompact, formatCost, formatMeasure } from './formats.ts';
import { BucketTable, GroupTable } from './usage-tables.tsx';
import styles from './usage.module.css';

/** uPlot is loaded when there is something to draw. */
const UsageChart = lazy(() => import('./usage-chart.tsx'));

interface Props {
  usage: Usage;
  measure: Measure;
}

/** The figures of a range: in total, as bars, and as tables. */
export function UsageFigures({ usage, measure }: Props) {
  const navigate = useNavigate();
  const [hovered, setHovered] = useState<number | null>(null);
  const {
    bucket,
    time_zone: zone,
    group_by: [group],
  } = usage;
  const series = useMemo(() => seriesOf(usage, group, measure), [usage, group, measure]);
  const labels = useMemo(
    () => usage.data.map(({ start_time: start }) => bucketLabel(start, { bucket, zone, isShort: true })),
    [usage, bucket, zone],
  );
  const shown = hovered === null ? undefined : usage.data[hovered];
  return (
    <div className={styles['figures']}>
      <Totals usage={usage} />
      <section className={styles['card']} aria-label={t('usage.chart')}>
        <p className={styles['hovered']} translate="no">
          {shown &&
            `${bucketLabel(shown.start_time, { bucket, zone })}: ${formatMeasure(valueOf(totalOf(shown.results), measure), measure)}`}
        </p>
        <Suspense fallback={<div className={styles['chart']} />}>
          <UsageChart
            labels={labels}
            series={series}
            label={t('usage.chart.label', {
              measure: t(`usage.measure.${measure}`),
              bucket: t(`usage.bucket.${bucket}`),
            })}
            format={(value) => formatMeasure(value, measure)}
            onHover={setHovered}
            onSelect={(place, value) => {
              const chosen = usage.data[place];
              if (!chosen) return;
              const range = { created_after: chosen.start_time, created_before: chosen.end_time };
              const part = groupAt(usage, series, { place, value });
              void navigate({ to: '/runs', search: { ...range, ...(part && runFilterOf(part, group)) } });
            }}
          />
        </Suspense>
      </section>
      <GroupTable usage={usage} measure={measure} />
      <BucketTable usage={usage} />
    </div>
  );
}

function Totals({ usage: { total } }: { usage: Usage }) {
  const cached = total.input_tokens === 0 ? 0 : total.input_cached_tokens / total.input_tokens;
  const unpriced = total.num_runs - total.num_priced_runs;
  return (
    <dl className={styles['totals']}>
      <Total
        name={t('usage.total.runs')}
        value={formatCompact(total.num_runs)}
        more={t('usage.total.failed', { count: total.num_failed_runs })}
      />
      <Total
        name={t('usage.total.input')}
        value={formatCompact(total.input_tokens)}
        more={t('usage.total.cached', { share: Math.round(100 * cached) })}
      />
      <Total
        name={t('usage.total.output')}
        value={formatCompact(total.output_tokens)}
        more={t('usage.total.reasoning', { count: formatCompact(total.output_reasoning_tokens) })}
      />
      <Total
        name={t('usage.total.cost')}
        value={formatCost(total.cost)}
        more={unpriced > 0 ? t('usage.total.unpriced', { count: unpriced }) : t('usage.total.listPrices')}
      />
    </dl>
  );
}

function Total({ name, value, more }: { name: string; value: string; more: string }) {
  return (
    <div className={styles['total']}>
      <dt>{name}</dt>
      <dd translate="no">{value}</dd>
      <dd className={styles['more']}>{more}</dd>
    </div>
  );
}
