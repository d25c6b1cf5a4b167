import { useNavigate } from '@tanstack/react-router';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { EntryList } from '../ui/list/entry-list.tsx';
import { Split } from '../ui/list/list-page.tsx';
import { Loaded, Notice } from '../ui/page-states.tsx';
import { Time } from '../ui/text/time.tsx';
import { DeliveryFilterBar } from './delivery-filter-bar.tsx';
import { DeliveryPanel } from './delivery-panel.tsx';
import { DeliveryStatus } from './delivery-status.tsx';
import { type Delivery, timeOf, useDeliveries } from './webhooks-api.ts';
import styles from './webhooks.module.css';
import type { WebhooksSearch } from './webhooks-search.ts';

/** The deliveries that fit the filters of the address, beside the one that is open. */
export function Deliveries({ search }: { search: WebhooksSearch }) {
  const { id, tab: _tab, ...filters } = search;
  const navigate = useNavigate();
  const deliveries = useDeliveries(filters);
  const hasFilters = Object.values(filters).some(Boolean);
  const go = (changes: WebhooksSearch, replace: boolean) =>
    void navigate({ to: '/webhooks', search: { ...filters, ...changes }, replace });
  return (
    <>
      <DeliveryFilterBar filters={filters} onChange={(changes) => go(changes, false)} />
      <Loaded query={deliveries} rows={8}>
        {({ pages }) => {
          const rows = pages.flatMap(({ data }) => data);
          const open = id ?? rows[0]?.id;
          if (open === undefined)
            return (
              <Notice title={t(hasFilters ? 'webhooks.empty.filtered' : 'webhooks.empty')}>
                {hasFilters ? (
                  <Button onClick={() => void navigate({ to: '/webhooks', search: {} })}>
                    {t('filter.clear')}
                  </Button>
                ) : (
                  <p>{t('webhooks.empty.more')}</p>
                )}
              </Notice>
            );
          return (
            <Split>
              <EntryList
                label={t('webhooks.deliveries')}
                entries={rows}
                keyOf={(row) => row.id}
                open={open}
                onOpen={(next) => go({ id: next }, true)}
                end={
                  deliveries.hasNextPage && (
                    <Button
                      disabled={deliveries.isFetchingNextPage}
                      onClick={() => void deliveries.fetchNextPage()}
                    >
                      {t('list.more')}
                    </Button>
                  )
                }
              >
                {(row) => <DeliveryRow row={row} />}
              </EntryList>
              <DeliveryPanel key={open} id={open} onClose={() => go({}, true)} />
            </Split>
          );
        }}
      </Loaded>
    </>
  );
}

function DeliveryRow({ row }: { row: Delivery }) {
  return (
    <>
      <DeliveryStatus status={row.status} />
      <Time iso={timeOf(row.created_at)} className={styles['facts'] ?? ''} />
      <span className={styles['whole']} translate="no">
        {row.url}
      </span>
      <span className={`${styles['whole'] ?? ''} ${styles['facts'] ?? ''}`} translate="no">
        {row.event_type} {row.last_error !== null && row.status !== 'delivered' && `· ${row.last_error}`}
      </span>
    </>
  );
}
