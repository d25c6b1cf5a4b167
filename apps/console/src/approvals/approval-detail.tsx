import { Link } from '@tanstack/react-router';
import { useApproval } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { Failure, Loading } from '../ui/page-states.tsx';
import { TextBlock } from '../ui/text-block.tsx';
import styles from './approvals.module.css';
import { DecisionForm } from './decision-form.tsx';

/** One call with what led to it. */
export function ApprovalDetail({ id }: { id: string }) {
  const approval = useApproval(id);
  if (approval.isPending) return <Loading />;
  if (approval.isError) return <Failure error={approval.error} retry={() => void approval.refetch()} />;
  const { data } = approval;
  return (
    <section className={styles['detail']} aria-label={data.tool}>
      <h2 translate="no">{data.server_label === null ? data.tool : `${data.server_label} / ${data.tool}`}</h2>
      <p className={styles['facts']}>
        <span translate="no">{data.model}</span>
        <Link to="/runs/$id" params={{ id: data.response_id }} search={{ item: data.id }}>
          {t('approval.run')}
        </Link>
      </p>
      {data.assistant_text && (
        <>
          <h3>{t('approval.why')}</h3>
          <p className={styles['text']} translate="no">
            {data.assistant_text}
          </p>
        </>
      )}
      {data.proposed_arguments !== null && data.proposed_arguments !== data.arguments && (
        <>
          <h3>{t('runs.proposed')}</h3>
          <TextBlock text={data.proposed_arguments} name={`${data.id}.proposed.json`} />
        </>
      )}
      <h3>{t('call.arguments')}</h3>
      <DecisionForm approval={data} hasKeys />
    </section>
  );
}
