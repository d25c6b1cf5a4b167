import type { EndpointWithSecret } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/buttons/copy-button.tsx';
import { Actions, Card } from '../ui/list/cards.tsx';
import styles from './webhooks.module.css';

/** The secret of an endpoint, which the server shows once. It is in this page's memory alone. */
export function SecretNotice({ endpoint, onClose }: { endpoint: EndpointWithSecret; onClose: () => void }) {
  return (
    <Card label={t('webhooks.secret')} isUrgent>
      <h2>{t('webhooks.secret')}</h2>
      <p>{t('webhooks.secret.once')}</p>
      <code className={styles['address']} translate="no">
        {endpoint.signing_secret}
      </code>
      <Actions>
        <CopyButton text={endpoint.signing_secret} />
        <Button onClick={onClose}>{t('webhooks.secret.close')}</Button>
      </Actions>
    </Card>
  );
}
