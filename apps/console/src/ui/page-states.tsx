import { AlertIcon, CloudOfflineIcon } from '@primer/octicons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/http.ts';
import { t } from '../i18n/t.ts';
import { Button } from './button.tsx';
import { PageHead } from './page-head.tsx';
import styles from './page-states.module.css';

/** A part of a page without content: why, and what to do about it. */
export function Notice({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className={styles['notice']}>
      {icon}
      <p className={styles['title']}>{title}</p>
      {children}
    </div>
  );
}

/** What failed, and a way to try again. A server that is away is not shown as a fault of the page. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const isAway = error instanceof ApiError && error.isAway;
  return (
    <Notice
      icon={isAway ? <CloudOfflineIcon size={24} /> : <AlertIcon size={24} />}
      title={t(isAway ? 'state.away' : 'state.failed')}
    >
      <p translate={isAway ? 'yes' : 'no'}>{isAway ? t('state.away.more') : error.message}</p>
      {retry && <Button onClick={retry}>{t('state.retry')}</Button>}
    </Notice>
  );
}

interface LoadedProps<Data> {
  query: UseQueryResult<Data>;
  /** How many lines of room it takes until then. */
  rows?: number;
  children: (data: Data) => ReactNode;
}

/** What was asked of the server, once it is there: it stays when it cannot be read again. Until then room for it, or why it is not there. */
export function Loaded<Data>({ query, rows = 3, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading rows={rows} />;
}

/** Room for what is loading, of the height that it will have, so that nothing moves when it comes. */
export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div className={styles['loading']} aria-busy="true">
      <span className="visually-hidden">{t('state.loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={styles['bar']} />
      ))}
    </div>
  );
}

export function PageFailed({ error, reset }: { error: unknown; reset: () => void }) {
  return <Failure error={error instanceof Error ? error : new Error(String(error))} retry={reset} />;
}

export function PageMissing() {
  return (
    <>
      <PageHead title={t('state.noPage')} />
      <Notice icon={<AlertIcon size={24} />} title={t('state.noPage.more')} />
    </>
  );
}
