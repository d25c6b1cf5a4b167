import { ShieldIcon } from '@primer/octicons-react';
import { useApproval } from '../api/approvals.ts';
import { ApiError } from '../api/http.ts';
import type { WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { Fault } from '../ui/fault.tsx';
import { TextBlock } from '../ui/text/text-block.tsx';
import styles from './approvals.module.css';
import { DecisionForm } from './decision-form.tsx';

/** A call that waits, in the conversation: what it would do, and the four answers. */
export function ApprovalCard({ request, onDecided }: { request: WireItem; onDecided: () => void }) {
  const { data, error } = useApproval(request.id);
  // The event of a call comes a moment before its run waits.
  const isSoon = error instanceof ApiError && error.status === 404;
  return (
    <article className={styles['card']} aria-label={t('approval.title')}>
      <header className={styles['cardHead']}>
        <ShieldIcon />
        <h3>{t(data?.decision ? 'approval.title.decided' : 'approval.title')}</h3>
        <code translate="no">{request.name}</code>
      </header>
      {data ? (
        <DecisionForm key={request.id} approval={data} onDecided={onDecided} />
      ) : (
        <TextBlock text={request.arguments ?? ''} name={`${request.id}.json`} />
      )}
      {!isSoon && <Fault error={error} />}
    </article>
  );
}
