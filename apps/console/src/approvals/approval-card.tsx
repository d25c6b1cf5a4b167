import { ShieldIcon } from '@primer/octicons-react';
import { useApproval } from '../api/approvals.ts';
import type { WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { TextBlock } from '../ui/text-block.tsx';
import styles from './approvals.module.css';
import { DecisionForm } from './decision-form.tsx';

/** A call that waits, in the conversation: what it would do, and the four answers. */
export function ApprovalCard({ request, onDecided }: { request: WireItem; onDecided: () => void }) {
  const approval = useApproval(request.id);
  return (
    <article className={styles['card']} aria-label={t('approval.title')}>
      <header className={styles['cardHead']}>
        <ShieldIcon />
        <h3>{t('approval.title')}</h3>
        <code translate="no">{request.name}</code>
      </header>
      {approval.data ? (
        <DecisionForm key={request.id} approval={approval.data} onDecided={onDecided} />
      ) : (
        <TextBlock text={request.arguments ?? ''} name={`${request.id}.json`} />
      )}
      {approval.isError && (
        <p className={styles['fault']} role="alert" translate="no">
          {approval.error.message}
        </p>
      )}
    </article>
  );
}
