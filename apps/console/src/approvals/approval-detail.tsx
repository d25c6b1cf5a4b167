import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import { useApproval } from '../api/approvals.ts';
import { ApiError } from '../api/http.ts';
import { t } from '../i18n/t.ts';
import { Detail } from '../ui/list/detail.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { Age } from '../ui/text/age.tsx';
import { Time } from '../ui/text/time.tsx';
import styles from './approvals.module.css';
import { DecideTogether } from './decide-together.tsx';
import { DecisionForm } from './decision-form.tsx';

/** One call with what led to it. `onClose` goes back to the list, where that is not beside it. */
export function ApprovalDetail({ id, onClose }: { id: string; onClose: () => void }) {
  const headingId = useId();
  const { data, error, isPending, refetch } = useApproval(id);
  return (
    <Detail label={data ? { headingId } : t('approval.title')} back={t('approval.list')} onClose={onClose}>
      {isPending && <Loading />}
      {error instanceof ApiError && error.status === 404 ? (
        <Notice title={t('approval.gone')}>
          <p>{t('approval.gone.more')}</p>
        </Notice>
      ) : (
        error && !data && <Failure error={error} retry={() => void refetch()} />
      )}
      {data && !(error instanceof ApiError && error.status === 404) && (
        <>
          <header className={styles['head']}>
            <h2 id={headingId} translate="no">
              {data.tool}
            </h2>
            <dl className={styles['facts']}>
              {data.server_label !== null && (
                <Fact name={t('approval.fact.server')}>
                  <span translate="no">{data.server_label}</span>
                </Fact>
              )}
              <Fact name={t('approval.fact.proposed')}>
                <Time iso={data.created_at} />
              </Fact>
              {data.expires_at !== null && (
                <Fact name={t('approval.fact.expires')}>
                  <Age iso={data.expires_at} />
                </Fact>
              )}
              <Fact name={t('approval.fact.dialect')}>
                <span translate="no">{data.dialect}</span>
              </Fact>
              <Fact name={t('approval.fact.model')}>
                <span translate="no">{data.model}</span>
              </Fact>
              <Fact name={t('approval.fact.run')}>
                {data.mine ? (
                  <Link
                    to="/runs/$id"
                    params={{ id: data.response_id }}
                    search={{ item: data.id }}
                    translate="no"
                  >
                    {shortened(data.response_id)}
                  </Link>
                ) : (
                  <span translate="no">
                    {t('approval.fact.of', { run: shortened(data.response_id), user: data.caller })}
                  </span>
                )}
              </Fact>
            </dl>
          </header>
          {data.why !== null && (
            <div className={styles['why']}>
              <h3>{t('approval.why')}</h3>
              <p className={styles['text']} translate="no">
                {data.why}
              </p>
            </div>
          )}
          <h3 className={styles['title']}>{t('call.arguments')}</h3>
          <DecisionForm key={data.id} approval={data} hasKeys />
          <DecideTogether runId={data.response_id} />
        </>
      )}
    </Detail>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const shownLength = 16;

function shortened(id: string): string {
  return id.length > shownLength ? `${id.slice(0, shownLength)}…` : id;
}
