import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ApiKey, useRevokeApiKey } from '../api/api-keys.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import styles from './settings.module.css';

/** Revokes a key, after a question: programs that use it stop working. */
export function RevokeKey({ apiKey: { id, name } }: { apiKey: ApiKey }) {
  const revoke = useRevokeApiKey();
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger
        render={<Button kind="danger" aria-label={t('settings.keys.revoke.name', { name })} />}
      >
        {t('settings.keys.revoke')}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles['backdrop'] ?? ''} />
        <AlertDialog.Popup className={styles['dialog'] ?? ''}>
          <AlertDialog.Title>{t('settings.keys.revoke.title', { name })}</AlertDialog.Title>
          <AlertDialog.Description>{t('settings.keys.revoke.more')}</AlertDialog.Description>
          {revoke.isError && (
            <p className={styles['fault']} role="alert" translate="no">
              {revoke.error.message}
            </p>
          )}
          <div className={styles['buttons']}>
            <AlertDialog.Close render={<Button />}>{t('settings.keys.keep')}</AlertDialog.Close>
            <Button kind="danger" disabled={revoke.isPending} onClick={() => revoke.mutate(id)}>
              {t('settings.keys.revoke')}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
