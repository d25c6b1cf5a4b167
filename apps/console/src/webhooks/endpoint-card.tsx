import { KeyIcon } from '@primer/octicons-react';
import { Link } from '@tanstack/react-router';
import {
  type Endpoint,
  type EndpointWithSecret,
  timeOf,
  useDeleteEndpoint,
  useRotateSecret,
  useSwitchEndpoint,
} from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Badge } from '../ui/badge.tsx';
import { Button, buttonLook } from '../ui/button.tsx';
import { Fault } from '../ui/fault.tsx';
import { Actions, Card, CardHead } from '../ui/list/cards.tsx';
import { RemoveButton } from '../ui/buttons/remove-button.tsx';
import { Time } from '../ui/text/time.tsx';
import styles from './webhooks.module.css';

/** One receiver with what can be done about it. */
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
  const failure = toggle.error ?? rotate.error ?? remove.error;
  const { enabled, failing_since: failingSince, disabled_reason: reason } = endpoint;
  return (
    <Card label={endpoint.name || endpoint.url}>
      <CardHead title={endpoint.name || endpoint.url}>
        <Badge tone={enabled ? 'good' : reason === null || reason === 'by_caller' ? 'plain' : 'bad'}>
          {t(enabled ? 'webhooks.enabled' : `webhooks.disabled.${reason ?? 'by_caller'}`)}
        </Badge>
      </CardHead>
      {endpoint.name !== '' && (
        <p className={styles['address']} translate="no">
          {endpoint.url}
        </p>
      )}
      {failingSince !== null && (
        <p className={styles['failing']}>
          {t('webhooks.failing')} <Time iso={timeOf(failingSince)} />
        </p>
      )}
      <p className={styles['facts']} translate="no">
        {endpoint.event_types.join(' · ')} · {endpoint.signing_secret_hint}
      </p>
      <Fault error={failure} />
      <Actions>
        <Link to="/webhooks" search={{ endpoint_id: endpoint.id }} className={buttonLook()}>
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
        <RemoveButton
          label={t('webhooks.delete')}
          really={t('webhooks.delete.really')}
          keep={t('webhooks.delete.not')}
          isPending={remove.isPending}
          onRemove={() => remove.mutate(undefined)}
        />
      </Actions>
    </Card>
  );
}
