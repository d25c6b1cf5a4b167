import { SyncIcon } from '@primer/octicons-react';
import { Link } from '@tanstack/react-router';
import { type DeliveryDetail, timeOf, useDelivery, useRedeliver } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Fault } from '../ui/fault.tsx';
import { Detail } from '../ui/list/detail.tsx';
import { Loaded } from '../ui/page-states.tsx';
import { formatDuration } from '../ui/text/duration.ts';
import { TextBlock } from '../ui/text/text-block.tsx';
import { Time } from '../ui/text/time.tsx';
import { DeliveryStatus } from './delivery-status.tsx';
import styles from './webhooks.module.css';

/** One delivery: how its attempts went and what they sent. `onClose` goes back to the list, where that is not beside it. */
export function DeliveryPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const delivery = useDelivery(id);
  return (
    <Detail label={t('webhooks.delivery')} back={t('webhooks.list')} onClose={onClose}>
      <Loaded query={delivery}>{(data) => <DeliveryFacts data={data} />}</Loaded>
    </Detail>
  );
}

function DeliveryFacts({ data }: { data: DeliveryDetail }) {
  const redeliver = useRedeliver(data.id);
  return (
    <>
      <header className={styles['detailHead']}>
        <h2 translate="no">{data.event_type ?? data.id}</h2>
        <DeliveryStatus status={data.status} />
        <Button
          icon={<SyncIcon />}
          disabled={redeliver.isPending || data.status === 'pending'}
          onClick={() => redeliver.mutate(undefined)}
        >
          {t('webhooks.redeliver')}
        </Button>
      </header>
      <Fault error={redeliver.error} />
      <p className={styles['address']} translate="no">
        {data.request.method} {data.url}
      </p>
      <p className={styles['facts']}>
        <Link to="/runs/$id" params={{ id: data.response_id }}>
          {t('webhooks.run')}
        </Link>{' '}
        {t(data.endpoint_id === null ? 'webhooks.toRequest' : 'webhooks.toEndpoint')}
      </p>
      {data.next_attempt_at !== null && (
        <p className={styles['facts']}>
          {t('webhooks.nextAttempt')} <Time iso={timeOf(data.next_attempt_at)} />
        </p>
      )}
      <h3>{t('webhooks.attempts')}</h3>
      <Attempts delivery={data} />
      <h3>{t('webhooks.headers')}</h3>
      <TextBlock text={linesOf(headersOf(data))} name={`${data.id}.headers.txt`} />
      <h3>{t('webhooks.body')}</h3>
      <TextBlock text={data.request.body} name={`${data.id}.json`} />
    </>
  );
}

function Attempts({ delivery }: { delivery: DeliveryDetail }) {
  const attempts = delivery.attempt_history.toReversed();
  if (attempts.length === 0) return <p className={styles['facts']}>{t('webhooks.attempts.none')}</p>;
  return (
    <ol className={styles['attempts']} aria-label={t('webhooks.attempts')}>
      {attempts.map((attempt) => (
        <li key={attempt.number}>
          <Badge tone={attempt.error === null ? 'good' : 'bad'}>
            {attempt.status_code ?? t('webhooks.noAnswer')}
          </Badge>
          <Time iso={attempt.sent_at} />
          <span translate="no">{formatDuration(attempt.duration_ms)}</span>
          <span className={styles['facts']} translate="no">
            {attempt.error}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Those of the last attempt, whose signature the API masks. */
function headersOf({ request, attempt_history: attempts }: DeliveryDetail): Record<string, string> {
  return { ...request.headers, ...attempts.at(-1)?.headers };
}

function linesOf(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
