import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Figures, Usage } from './usage-api.ts';
import { t } from '../i18n/t.ts';
import { colouredMax, keyOf, type Measure, nameOf, runFilterOf, totalOf, valueOf } from './figures.ts';
import { bucketLabel, formatCost, formatCount } from './formats.ts';
import styles from './usage.module.css';

/** The groups of the range, each with the colour of its part of the bars. A row leads to the runs of its group. */
export function GroupTable({ usage, measure }: { usage: Usage; measure: Measure }) {
  const [group] = usage.group_by;
  const all = valueOf(usage.total, measure);
  const range = { created_after: usage.start_time, created_before: usage.end_time };
  return (
    <FigureTable
      caption={t('usage.byGroup', { group: t(`usage.group.${group}`) })}
      head={t(`usage.group.${group}`)}
    >
      {usage.groups.map((figures, place) => {
        const filter = runFilterOf(figures, group);
        const name = (
          <>
            <span
              className={styles['swatch']}
              data-colour={Math.min(place, colouredMax) + 1}
              aria-hidden="true"
            />
            {nameOf(figures, group)}
          </>
        );
        const share = all === 0 ? 0 : (100 * valueOf(figures, measure)) / all;
        return (
          <tr key={keyOf(figures, group)}>
            <th scope="row" translate="no">
              {filter ? (
                <Link to="/runs" search={{ ...range, ...filter }}>
                  {name}
                </Link>
              ) : (
                <span>{name}</span>
              )}
              <span className={styles['share']}>{t('usage.share', { share: Math.round(share) })}</span>
            </th>
            <FigureCells figures={figures} />
          </tr>
        );
      })}
    </FigureTable>
  );
}

/** Each bucket of the range with the runs that its row leads to, and their sum, which is the range. */
export function BucketTable({ usage }: { usage: Usage }) {
  const { bucket, time_zone: zone } = usage;
  return (
    <FigureTable
      caption={t('usage.byBucket', { bucket: t(`usage.bucket.${bucket}`), zone })}
      head={t(`usage.bucket.${bucket}`)}
      foot={
        <tr>
          <th scope="row">{t('usage.sum')}</th>
          <FigureCells figures={usage.total} />
        </tr>
      }
    >
      {usage.data.map(({ start_time: start, end_time: end, results }) => (
        <tr key={start}>
          <th scope="row" translate="no">
            <Link to="/runs" search={{ created_after: start, created_before: end }}>
              {bucketLabel(start, { bucket, zone })}
            </Link>
          </th>
          <FigureCells figures={totalOf(results)} />
        </tr>
      ))}
    </FigureTable>
  );
}

function FigureTable({
  caption,
  head,
  children,
  foot,
}: {
  caption: string;
  head: string;
  children: ReactNode;
  foot?: ReactNode;
}) {
  return (
    <div className={styles['card']} tabIndex={0} role="region" aria-label={caption}>
      <table className={styles['table']}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col">{t('usage.column.runs')}</th>
            <th scope="col">{t('usage.column.failed')}</th>
            <th scope="col">{t('usage.column.uncached')}</th>
            <th scope="col">{t('usage.column.cached')}</th>
            <th scope="col">{t('usage.column.written')}</th>
            <th scope="col">{t('usage.column.output')}</th>
            <th scope="col">{t('usage.column.cost')}</th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}

function FigureCells({ figures }: { figures: Figures }) {
  const counts = [
    figures.num_runs,
    figures.num_failed_runs,
    figures.input_uncached_tokens,
    figures.input_cached_tokens,
    figures.input_cache_write_tokens,
    figures.output_tokens,
  ];
  return (
    <>
      {counts.map((count, column) => (
        <td key={column} translate="no">
          {formatCount(count)}
        </td>
      ))}
      <td translate="no">{formatCost(figures.cost)}</td>
    </>
  );
}
