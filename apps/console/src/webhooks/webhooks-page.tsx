import { Link } from '@tanstack/react-router';
import { webhooksRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Deliveries } from './deliveries.tsx';
import { Endpoints } from './endpoints.tsx';
import styles from './webhooks.module.css';
import type { WebhooksSearch } from './webhooks-search.ts';

/** What was delivered to which receiver, and the receivers. */
export function WebhooksPage() {
  const search = webhooksRoute.useSearch();
  const isEndpoints = search.tab === 'endpoints';
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.webhooks')}>
        <nav className={styles['tabs']} aria-label={t('nav.webhooks')}>
          <Tab search={{}} isOpen={!isEndpoints} label={t('webhooks.deliveries')} />
          <Tab search={{ tab: 'endpoints' }} isOpen={isEndpoints} label={t('webhooks.endpoints')} />
        </nav>
      </PageHead>
      {isEndpoints ? <Endpoints /> : <Deliveries search={search} />}
    </div>
  );
}

/** A link that knows itself whether it is open: the filters of a tab are no part of its address. */
function Tab({ search, isOpen, label }: { search: WebhooksSearch; isOpen: boolean; label: string }) {
  return (
    <Link
      to="/webhooks"
      search={search}
      activeOptions={{ exact: true, includeSearch: true }}
      {...(isOpen && { 'aria-current': 'page' })}
    >
      {label}
    </Link>
  );
}
