import { ShieldIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { useApproval } from '../api/approvals.ts';
import { ApiError } from '../api/http.ts';
import type { WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { Fault } from '../ui/fault.tsx';
import { TextBlock } from '../ui/text/text-block.tsx';
import styles from './approvals.module.css';
import { DecisionForm } from './decision-form.tsx';

interface Props {
  request: WireItem;
  /** Whether the run ended without a decision. */
  isLost: boolean;
  onDecided: () => void;
}

/** A call that waits, in the conversation: what it would do, and the four answers. */
export function ApprovalCard({ request, isLost, onDecided }: Props) {
  return isLost ? (
    <Card request={request} title={t('approval.gone')}>
      <Arguments request={request} />
    </Card>
  ) : (
    <OpenCard request={request} onDecided={onDecided} />
  );
}

function OpenCard({ request, onDecided }: Omit<Props, 'isLost'>) {
  const { data, error } = useApproval(request.id);
  // The event of a call comes a moment before its run waits.
  const isSoon = error instanceof ApiError && error.status === 404;
  return (
    <Card request={request} title={t(data?.decision ? 'approval.title.decided' : 'approval.title')}>
      {data ? (
        <DecisionForm key={request.id} approval={data} onDecided={onDecided} />
      ) : (
        <Arguments request={request} />
      )}
      {!isSoon && <Fault error={error} />}
    </Card>
  );
}

function Card({ request, title, children }: { request: WireItem; title: string; children: ReactNode }) {
  return (
    <article className={styles['card']} aria-label={title}>
      <header className={styles['cardHead']}>
        <ShieldIcon />
        <h3>{title}</h3>
        <code translate="no">{request.name}</code>
      </header>
      {children}
    </article>
  );
}

function Arguments({ request }: { request: WireItem }) {
  return <TextBlock text={request.arguments ?? ''} name={`${request.id}.json`} />;
}
