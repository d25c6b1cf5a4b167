import { CheckIcon, CopyIcon } from '@primer/octicons-react';
import { useState } from 'react';
import type { EndpointWithSecret } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import styles from './webhooks.module.css';

/** The secret of an endpoint, which the server shows once. It is in this page's memory alone. */
export function SecretNotice({ endpoint, onClose }: { endpoint: EndpointWithSecret; onClose: () => void }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(endpoint.signing_secret).then(() => setIsCopied(true));
  return (
    <section className={styles['secret']} aria-label={t('webhooks.secret')}>
      <h2>{t('webhooks.secret')}</h2>
      <p>{t('webhooks.secret.once')}</p>
      <code translate="no">{endpoint.signing_secret}</code>
      <div className={styles['actions']}>
        {/* Pages without TLS have no clipboard, except on loopback. */}
        {'clipboard' in navigator && (
          <Button icon={isCopied ? <CheckIcon /> : <CopyIcon />} onClick={() => void copy()}>
            {t(isCopied ? 'webhooks.copied' : 'webhooks.copy')}
          </Button>
        )}
        <Button onClick={onClose}>{t('webhooks.secret.close')}</Button>
      </div>
    </section>
  );
}
