import { Link } from '@tanstack/react-router';
import { webhooksRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Deliveries } from './deliveries.tsx';
import { Endpoints } from './endpoints.tsx';
import styles from './webhooks.module.css';

/** What was delivered to which receiver, and the receivers. */
export function WebhooksPage() {
  const search = webhooksRoute.useSearch();
  const isEndpoints = search.tab === 'endpoints';
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.webhooks')}>
        <nav className={styles['tabs']} aria-label={t('nav.webhooks')}>
          <Link to="/webhooks" search={{}} aria-current={isEndpoints ? undefined : 'page'}>
            {t('webhooks.deliveries')}
          </Link>
          <Link to="/webhooks" search={{ tab: 'endpoints' }} aria-current={isEndpoints ? 'page' : undefined}>
            {t('webhooks.endpoints')}
          </Link>
        </nav>
      </PageHead>
      {isEndpoints ? <Endpoints /> : <Deliveries search={search} />}
    </div>
  );
}
