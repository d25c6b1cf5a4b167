import { KeyIcon, TrashIcon } from '@primer/octicons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import {
  type Endpoint,
  type EndpointWithSecret,
  useDeleteEndpoint,
  useRotateSecret,
  useSwitchEndpoint,
} from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Time } from '../ui/text/time.tsx';
import styles from './webhooks.module.css';

/** One receiver with what can be done about it. Deleting takes a second click, since its deliveries go with it. */
export function EndpointCard({
  endpoint,
  onSecret,
}: {
  endpoint: Endpoint;
  onSecret: (endpoint: EndpointWithSecret) => void;
}) {
  const toggle = useSwitchEndpoint(endpoint);
  const rotate = useRotateSecret(endpoint);
  const remove = useDeleteEndpoint(endpoint);
  const [isRemoving, setIsRemoving] = useState(false);
  const failure = toggle.error ?? rotate.error ?? remove.error;
  const { enabled, failing_since: failingSince, disabled_reason: reason } = endpoint;
  return (
    <article className={styles['card']} aria-label={endpoint.name || endpoint.url}>
      <header className={styles['detailHead']}>
        <h2 translate="no">{endpoint.name || endpoint.url}</h2>
        <span className={styles['status']} data-status={enabled ? 'delivered' : 'off'}>
          {t(enabled ? 'webhooks.enabled' : `webhooks.disabled.${reason ?? 'by_caller'}`)}
        </span>
      </header>
      {endpoint.name !== '' && (
        <p className={styles['address']} translate="no">
          {endpoint.url}
        </p>
      )}
      {failingSince !== null && (
        <p className={styles['fault']}>
          {t('webhooks.failing')} <Time iso={new Date(failingSince * 1_000).toISOString()} />
        </p>
      )}
      <p className={styles['facts']} translate="no">
        {endpoint.event_types.join(' · ')} · {endpoint.signing_secret_hint}
      </p>
      {failure && (
        <p className={styles['fault']} role="alert" translate="no">
          {failure.message}
        </p>
      )}
      <div className={styles['actions']}>
        <Link to="/webhooks" search={{ endpoint_id: endpoint.id }}>
          {t('webhooks.deliveries')}
        </Link>
        <Button disabled={toggle.isPending} onClick={() => toggle.mutate(undefined)}>
          {t(enabled ? 'webhooks.disable' : 'webhooks.enable')}
        </Button>
        <Button
          icon={<KeyIcon />}
          disabled={rotate.isPending}
          onClick={() => rotate.mutate(undefined, { onSuccess: onSecret })}
        >
          {t('webhooks.rotate')}
        </Button>
        {isRemoving ? (
          <>
            <Button kind="danger" disabled={remove.isPending} onClick={() => remove.mutate(undefined)}>
              {t('webhooks.delete.really')}
            </Button>
            <Button onClick={() => setIsRemoving(false)}>{t('webhooks.delete.not')}</Button>
          </>
        ) : (
          <Button kind="danger" icon={<TrashIcon />} onClick={() => setIsRemoving(true)}>
            {t('webhooks.delete')}
          </Button>
        )}
      </div>
    </article>
  );
}
