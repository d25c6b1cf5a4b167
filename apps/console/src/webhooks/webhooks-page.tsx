import { webhooksRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { ListPage } from '../ui/list/list-page.tsx';
import { PageTabs } from '../ui/list/page-tabs.tsx';
import { Deliveries } from './deliveries.tsx';
import { Endpoints } from './endpoints.tsx';

/** What was delivered to which receiver, and the receivers. */
export function WebhooksPage() {
  const search = webhooksRoute.useSearch();
  const isEndpoints = search.tab === 'endpoints';
  return (
    <ListPage
      title={t('nav.webhooks')}
      isOpen={search.id !== undefined}
      actions={
        <PageTabs
          label={t('nav.webhooks')}
          tabs={[
            { to: '/webhooks', search: {}, isOpen: !isEndpoints, label: t('webhooks.deliveries') },
            {
              to: '/webhooks',
              search: { tab: 'endpoints' },
              isOpen: isEndpoints,
              label: t('webhooks.endpoints'),
            },
          ]}
        />
      }
    >
      {isEndpoints ? <Endpoints /> : <Deliveries search={search} />}
    </ListPage>
  );
}
