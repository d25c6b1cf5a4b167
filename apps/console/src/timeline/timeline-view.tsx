import { useMemo } from 'react';
import { isOver, type Timeline } from '../api/runs.ts';
import { useServerNow } from '../api/server-clock.ts';
import type { TimelineForm } from '../app/run-search.ts';
import { t } from '../i18n/t.ts';
import { formatDuration } from '../ui/text/duration.ts';
import { RowList } from '../ui/rows/row-list.tsx';
import { compactRows, type Moment, momentsOf, type Row, rowNamed, rowsOf, spanOf } from './rows.ts';
import styles from './timeline.module.css';

const tickMs = 250;
/** The narrowest bar, in percent of the width, so that the shortest can be seen and clicked. */
const narrowest = 0.4;
const marks = [0, 0.25, 0.5, 0.75, 1] as const;

interface Span {
  from: number;
  to: number;
}

interface Props {
  timeline: Timeline;
  form?: TimelineForm;
  /** The key of a row or a moment. */
  selected: string | null;
  onSelect: (key: string) => void;
}

/** The turns and calls of a run, in one of three forms. The whole run fits the width; bars of what runs grow. */
export function TimelineView({ timeline, form = 'timeline', selected, onSelect }: Props) {
  const now = useServerNow(!isOver(timeline.run), tickMs);
  const rows = useMemo(() => rowsOf(timeline, now), [timeline, now]);
  const span = spanOf(timeline, now);
  const row = rowNamed(rows, selected ?? undefined);
  const label = t('playground.timeline');
  if (form === 'history') return <History {...{ label, rows, span, row, selected, onSelect }} />;
  const isCompact = form === 'compact';
  const shown = isCompact ? compactRows(rows) : rows;
  const shownKey = isCompact && row ? `turn-${row.turn.index}` : row?.key;
  return (
    <div className={styles['view']}>
      <Axis span={span} />
      <RowList
        label={label}
        entries={isCompact ? shown.map(({ depth: _depth, ...entry }) => entry) : shown}
        selected={shownKey ?? null}
        onSelect={onSelect}
      >
        {(entry) => <RowLine row={entry} isCall={!isCompact && entry.call !== null} span={span} />}
      </RowList>
    </div>
  );
}

function Axis({ span }: { span: Span }) {
  return (
    <div className={styles['axis']} aria-hidden="true" translate="no">
      <span className={styles['marks']}>
        {marks.map((part) => (
          <span key={part}>{formatDuration((span.to - span.from) * part)}</span>
        ))}
      </span>
    </div>
  );
}

function RowLine({ row, isCall, span }: { row: Omit<Row, 'depth'>; isCall: boolean; span: Span }) {
  const whole = span.to - span.from;
  const height = 16 / row.lanes;
  const lasted = row.bars.reduce((sum, { from, to }) => sum + to - from, 0);
  return (
    <span className={styles['line']}>
      <span className={isCall ? styles['call'] : styles['turn']} translate="no">
        {isCall ? row.label : `${row.turn.index + 1}  ${row.label}`}
      </span>
      <svg className={styles['bars']} preserveAspectRatio="none" viewBox="0 0 100 16" aria-hidden="true">
        {row.bars.map(({ from, to, kind, lane }, index) => {
          const width = Math.max(((to - from) / whole) * 100, narrowest);
          const x = Math.max(0, Math.min(((from - span.from) / whole) * 100, 100 - width));
          return (
            <rect
              key={index}
              className={styles[kind]}
              x={x}
              y={lane * height + height * 0.12}
              width={width}
              height={height * 0.76}
            />
          );
        })}
      </svg>
      <span className={styles['lasted']} translate="no">
        {row.bars.length === 0 ? '' : formatDuration(lasted)}
      </span>
    </span>
  );
}

interface HistoryProps {
  label: string;
  rows: readonly Row[];
  span: Span;
  row: Row | undefined;
  selected: string | null;
  onSelect: (key: string) => void;
}

function History({ label, rows, span, row, selected, onSelect }: HistoryProps) {
  const moments = momentsOf(rows);
  const shown = moments.find(({ key }) => key === selected) ?? moments.find((moment) => moment.row === row);
  return (
    <div className={styles['view']}>
      <RowList label={label} entries={moments} selected={shown?.key ?? null} onSelect={onSelect}>
        {(moment) => <MomentLine moment={moment} start={span.from} />}
      </RowList>
    </div>
  );
}

function MomentLine({ moment, start }: { moment: Moment; start: number }) {
  const { at, what, row } = moment;
  return (
    <span className={styles['moment']}>
      <span className={styles['lasted']} translate="no">
        {formatDuration(Math.max(0, at - start))}
      </span>
      <span>{t(`timeline.moment.${what}`)}</span>
      <span className={styles['call']} translate="no">
        {row.call ? row.label : `${row.turn.index + 1}  ${row.label}`}
      </span>
    </span>
  );
}
