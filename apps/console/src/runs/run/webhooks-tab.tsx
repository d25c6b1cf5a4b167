import type { Delivery } from '../../api/runs.ts';
import { t } from '../../i18n/t.ts';
import { Notice } from '../../ui/page-states.tsx';
import styles from './run.module.css';

/** The webhooks that report the end of a run, with how their deliveries went. */
export function WebhooksTab({ deliveries }: { deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0)
    return (
      <Notice title={t('runs.noDeliveries')}>
        <p>{t('runs.noDeliveries.more')}</p>
      </Notice>
    );
  return (
    <div className={styles['document']} tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th>{t('runs.column.event')}</th>
            <th>{t('runs.column.url')}</th>
            <th>{t('runs.column.attempts')}</th>
            <th>{t('runs.column.outcome')}</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map(({ id, event_type: event, url, status, attempts, ...last }) => (
            <tr key={id}>
              <td translate="no">{event}</td>
              <td translate="no">{url}</td>
              <td>{attempts}</td>
              <td>
                {t(`runs.delivery.${status}`)}{' '}
                <span translate="no">{last.last_error ?? last.last_status_code}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
