import { CheckIcon, XIcon } from '@primer/octicons-react';
import { useLiveApprovals } from '../api/live-approvals.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Fault } from '../ui/fault.tsx';
import styles from './approvals.module.css';
import { useDecideAll } from './decide.ts';

/** Accepts or rejects all waiting calls of a run at once; nothing where fewer than two wait. */
export function DecideTogether({ runId }: { runId: string }) {
  const { waiting } = useLiveApprovals();
  const { mutate, data, error, isPending } = useDecideAll();
  const ids = [...waiting.values()].filter(({ response_id: id }) => id === runId).map(({ id }) => id);
  const refusal = data?.find((outcome) => outcome.error !== null)?.error;
  const refused = refusal && new Error(refusal.message);
  if (ids.length < 2 && !refused && !error) return null;
  return (
    <div className={styles['together']}>
      {ids.length >= 2 && (
        <>
          <p>{t('approval.together', { count: ids.length })}</p>
          <Button icon={<CheckIcon />} disabled={isPending} onClick={() => mutate({ ids, action: 'accept' })}>
            {t('approval.accept.all', { count: ids.length })}
          </Button>
          <Button
            kind="danger"
            icon={<XIcon />}
            disabled={isPending}
            onClick={() => mutate({ ids, action: 'reject' })}
          >
            {t('approval.reject.all', { count: ids.length })}
          </Button>
        </>
      )}
      <Fault error={error ?? refused} />
    </div>
  );
}
