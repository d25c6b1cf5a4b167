import { PlusIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { type EndpointWithSecret, useEndpoints } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { EndpointCard } from './endpoint-card.tsx';
import { EndpointForm } from './endpoint-form.tsx';
import { SecretNotice } from './secret-notice.tsx';
import styles from './webhooks.module.css';

/** The registered receivers. A new secret is shown until it is closed, and never again. */
export function Endpoints() {
  const endpoints = useEndpoints();
  const [isAdding, setIsAdding] = useState(false);
  const [made, setMade] = useState<EndpointWithSecret | null>(null);
  return (
    <div className={styles['endpoints']}>
      {made && <SecretNotice endpoint={made} onClose={() => setMade(null)} />}
      {isAdding ? (
        <EndpointForm
          onDone={(endpoint) => {
            setIsAdding(false);
            if (endpoint) setMade(endpoint);
          }}
        />
      ) : (
        <Button
          kind="primary"
          icon={<PlusIcon />}
          className={styles['add'] ?? ''}
          onClick={() => setIsAdding(true)}
        >
          {t('webhooks.add')}
        </Button>
      )}
      {endpoints.isPending && <Loading rows={4} />}
      {endpoints.isError && <Failure error={endpoints.error} retry={() => void endpoints.refetch()} />}
      {endpoints.isSuccess && endpoints.data.length === 0 && !isAdding && (
        <Notice title={t('webhooks.noEndpoints')}>
          <p>{t('webhooks.noEndpoints.more')}</p>
        </Notice>
      )}
      <ul className={styles['cards']} aria-label={t('webhooks.endpoints')}>
        {endpoints.data?.map((endpoint) => (
          <li key={endpoint.id}>
            <EndpointCard endpoint={endpoint} onSecret={setMade} />
          </li>
        ))}
      </ul>
    </div>
  );
}
