import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { runRoute } from '../../app/router.tsx';
import { streamEvents, type StreamedEvent } from '../../api/event-stream.ts';
import { isOver, type Run } from '../../api/runs.ts';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Fault } from '../../ui/fault.tsx';
import { Failure, Loading, Notice } from '../../ui/page-states.tsx';
import { RowList } from '../../ui/rows/row-list.tsx';
import { TextBlock } from '../../ui/text/text-block.tsx';
import { addEvents, type EventRow, eventRowsMax } from './event-rows.ts';
import styles from './run.module.css';

/** Events are shown together at this pace. */
const paceMs = 100;

/** The events of a run as a stream of it has them, with the selected one in full. They go on while the run does. */
export function EventsTab({ run }: { run: Run }) {
  const { item } = runRoute.useSearch();
  const navigate = useNavigate();
  const [attempt, setAttempt] = useState(0);
  const { rows, isEnded, error } = useEvents(run.id, attempt);
  const selected = rows.find(({ key }) => key === item) ?? rows[0];
  const count = (rows.at(-1)?.last ?? -1) + 1;
  if (error && rows.length === 0) return <Failure error={error} retry={() => setAttempt(attempt + 1)} />;
  if (rows.length === 0) return isEnded ? <Notice title={t('runs.noEvents')} /> : <Loading rows={8} />;
  return (
    <div className={styles['split']}>
      <div className={styles['left']}>
        <p className={styles['hint']}>
          {t(isEnded || isOver(run) ? 'runs.events.all' : 'runs.events.live', { count })}{' '}
          {rows.length === eventRowsMax && t('runs.events.cut', { count: eventRowsMax })}
        </p>
        {error && (
          <div className={styles['broken']}>
            <Fault error={error} />
            <Button onClick={() => setAttempt(attempt + 1)}>{t('state.retry')}</Button>
          </div>
        )}
        <RowList
          label={t('runs.tab.events')}
          entries={rows}
          selected={selected?.key ?? null}
          onSelect={(key) =>
            void navigate({
              to: '/runs/$id',
              params: { id: run.id },
              search: { tab: 'events', item: key },
              replace: true,
            })
          }
        >
          {(row) => <EventLine row={row} />}
        </RowList>
      </div>
      <section className={styles['inspector']} aria-label={t('runs.details')} tabIndex={0}>
        {selected && <EventDetails key={selected.key} row={selected} />}
      </section>
    </div>
  );
}

function EventLine({ row }: { row: EventRow }) {
  return (
    <span className={styles['event']} translate="no">
      <span className={styles['number']}>{row.first}</span>
      <span>{row.type}</span>
      <span className={styles['eventText']}>{row.text}</span>
    </span>
  );
}

function EventDetails({ row }: { row: EventRow }) {
  return (
    <>
      <h2 translate="no">{row.type}</h2>
      {row.last > row.first && <p>{t('runs.events.joined', { count: row.last - row.first + 1 })}</p>}
      {row.text !== '' && <TextBlock text={row.text} name={`${row.key}.txt`} isPartial />}
      <TextBlock text={JSON.stringify(row.event, null, 2)} name={`${row.key}.json`} />
    </>
  );
}

/** The events of a run so far, from its beginning. Another `attempt` reads them again. */
function useEvents(id: string, attempt: number) {
  const [rows, setRows] = useState<readonly EventRow[]>([]);
  const [isEnded, setIsEnded] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const stopped = new AbortController();
    let arrived: StreamedEvent[] = [];
    const show = () => {
      const events = arrived;
      arrived = [];
      if (events.length > 0) setRows((before) => addEvents(before, events));
    };
    const timer = setInterval(show, paceMs);
    const read = async () => {
      const path = `/v1/responses/${id}?stream=true`;
      for await (const event of streamEvents(path, { signal: stopped.signal })) arrived.push(event);
    };
    setRows([]);
    setError(null);
    read()
      .then(
        () => setIsEnded(true),
        (failure: Error) => {
          if (!stopped.signal.aborted) setError(failure);
        },
      )
      .finally(() => {
        clearInterval(timer);
        if (!stopped.signal.aborted) show();
      });
    return () => stopped.abort();
  }, [id, attempt]);
  return { rows, isEnded, error };
}
