import { useState } from 'react';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog/dialog.tsx';
import { Fault } from '../ui/fault.tsx';
import { type ApiKey, useRevokeApiKey } from './key-requests.ts';

/** Revokes a key, after a question: programs that use it stop working. */
export function RevokeKey({ apiKey: { id, name } }: { apiKey: ApiKey }) {
  const revoke = useRevokeApiKey();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Button
        kind="danger"
        aria-label={t('settings.keys.revoke.name', { name })}
        onClick={() => setIsAsking(true)}
      >
        {t('settings.keys.revoke')}
      </Button>
      <Dialog
        title={t('settings.keys.revoke.title', { name })}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <>
            <Button onClick={() => setIsAsking(false)}>{t('settings.keys.keep')}</Button>
            <Button kind="danger" disabled={revoke.isPending} onClick={() => revoke.mutate(id)}>
              {t('settings.keys.revoke')}
            </Button>
          </>
        }
      >
        <p>{t('settings.keys.revoke.more')}</p>
        <Fault error={revoke.error} />
      </Dialog>
    </>
  );
}
