import { PlusIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { type EndpointWithSecret, useEndpoints } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { CardList, Cards } from '../ui/list/cards.tsx';
import { Loaded, Notice } from '../ui/page-states.tsx';
import { EndpointCard } from './endpoint-card.tsx';
import { EndpointForm } from './endpoint-form.tsx';
import { SecretNotice } from './secret-notice.tsx';

/** The registered receivers. A new secret is shown until it is closed, and never again. */
export function Endpoints() {
  const endpoints = useEndpoints();
  const [isAdding, setIsAdding] = useState(false);
  const [made, setMade] = useState<EndpointWithSecret | null>(null);
  return (
    <Cards>
      {made && <SecretNotice endpoint={made} onClose={() => setMade(null)} />}
      {isAdding ? (
        <EndpointForm
          onDone={(endpoint) => {
            setIsAdding(false);
            if (endpoint) setMade(endpoint);
          }}
        />
      ) : (
        <Button kind="primary" icon={<PlusIcon />} onClick={() => setIsAdding(true)}>
          {t('webhooks.add')}
        </Button>
      )}
      <Loaded query={endpoints} rows={4}>
        {(data) => (
          <>
            {data.length === 0 && !isAdding && (
              <Notice title={t('webhooks.noEndpoints')}>
                <p>{t('webhooks.noEndpoints.more')}</p>
              </Notice>
            )}
            <CardList label={t('webhooks.endpoints')}>
              {data.map((endpoint) => (
                <li key={endpoint.id}>
                  <EndpointCard endpoint={endpoint} onSecret={setMade} />
                </li>
              ))}
            </CardList>
          </>
        )}
      </Loaded>
    </Cards>
  );
}
