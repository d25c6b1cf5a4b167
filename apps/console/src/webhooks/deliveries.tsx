import { useNavigate } from '@tanstack/react-router';
import { type Delivery, deliveryStatuses, useDeliveries, useEndpoints } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { Time } from '../ui/text/time.tsx';
import { DeliveryPanel } from './delivery-panel.tsx';
import { DeliveryStatus } from './delivery-status.tsx';
import styles from './webhooks.module.css';
import type { WebhooksSearch } from './webhooks-search.ts';

/** The deliveries that fit the filters of the address, beside the one that is open. */
export function Deliveries({ search }: { search: WebhooksSearch }) {
  const { id, tab: _tab, ...filters } = search;
  const navigate = useNavigate();
  const deliveries = useDeliveries(filters);
  const rows = deliveries.data?.pages.flatMap(({ data }) => data) ?? [];
  const hasFilters = Object.values(filters).some(Boolean);
  const selected = id ?? rows[0]?.id;
  const go = (changes: WebhooksSearch) =>
    void navigate({ to: '/webhooks', search: { ...filters, ...changes }, replace: true });
  return (
    <>
      <DeliveryFilterBar search={filters} onChange={go} />
      {deliveries.isPending && <Loading rows={8} />}
      {deliveries.isError && <Failure error={deliveries.error} retry={() => void deliveries.refetch()} />}
      {deliveries.isSuccess && rows.length === 0 && (
        <Notice title={t(hasFilters ? 'webhooks.empty.filtered' : 'webhooks.empty')}>
          {hasFilters ? (
            <Button onClick={() => void navigate({ to: '/webhooks', search: {} })}>{t('runs.clear')}</Button>
          ) : (
            <p>{t('webhooks.empty.more')}</p>
          )}
        </Notice>
      )}
      {rows.length > 0 && selected !== undefined && (
        <div className={styles['split']}>
          <ul className={styles['list']} aria-label={t('webhooks.deliveries')}>
            {rows.map((row) => (
              <li key={row.id}>
                <DeliveryRow row={row} isOpen={row.id === selected} onOpen={() => go({ id: row.id })} />
              </li>
            ))}
            {deliveries.hasNextPage && (
              <li className={styles['further']}>
                <Button
                  disabled={deliveries.isFetchingNextPage}
                  onClick={() => void deliveries.fetchNextPage()}
                >
                  {t('list.more')}
                </Button>
              </li>
            )}
          </ul>
          <DeliveryPanel key={selected} id={selected} />
        </div>
      )}
    </>
  );
}

function DeliveryRow({ row, isOpen, onOpen }: { row: Delivery; isOpen: boolean; onOpen: () => void }) {
  return (
    <button type="button" className={styles['row']} aria-current={isOpen} onClick={onOpen}>
      <DeliveryStatus status={row.status} />
      <Time iso={new Date(row.created_at * 1_000).toISOString()} className={styles['facts'] ?? ''} />
      <span className={styles['url']} translate="no">
        {row.url}
      </span>
      <span className={styles['facts']} translate="no">
        {row.event_type} {row.last_error !== null && row.status !== 'delivered' && `· ${row.last_error}`}
      </span>
    </button>
  );
}

function DeliveryFilterBar({
  search,
  onChange,
}: {
  search: WebhooksSearch;
  onChange: (changes: WebhooksSearch) => void;
}) {
  const { data: endpoints = [] } = useEndpoints();
  return (
    <form className={styles['filters']} role="search" onSubmit={(event) => event.preventDefault()}>
      <Field label={t('runs.filter.status')}>
        <select
          value={search.status ?? ''}
          onChange={({ target }) =>
            onChange({ status: deliveryStatuses.find((status) => status === target.value) })
          }
        >
          <option value="">{t('runs.filter.all')}</option>
          {deliveryStatuses.map((status) => (
            <option key={status} value={status}>
              {t(`webhooks.status.${status}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('webhooks.endpoint')}>
        <select
          value={search.endpoint_id ?? ''}
          onChange={({ target }) => onChange({ endpoint_id: target.value || undefined })}
        >
          <option value="">{t('runs.filter.all')}</option>
          {endpoints.map((endpoint) => (
            <option key={endpoint.id} value={endpoint.id} translate="no">
              {endpoint.name || endpoint.url}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('webhooks.filter.url')}>
        <input
          type="search"
          value={search.url ?? ''}
          onChange={({ target }) => onChange({ url: target.value || undefined })}
        />
      </Field>
      <Field label={t('webhooks.filter.run')}>
        <input
          type="search"
          value={search.response_id ?? ''}
          onChange={({ target }) => onChange({ response_id: target.value.trim() || undefined })}
        />
      </Field>
    </form>
  );
}
