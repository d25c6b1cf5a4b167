import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { approvalsRoute } from '../app/router.tsx';
import { type Approval, useApprovals } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { Time } from '../ui/time.tsx';
import { ApprovalDetail } from './approval-detail.tsx';
import styles from './approvals.module.css';
import { useDecisionKeys } from './decision-keys.ts';

/** What waits for a decision, beside the one that is being decided. `j` and `k` move, `a e r f` answer, `?` shows the keys. */
export function ApprovalsPage() {
  const { id, ...filters } = approvalsRoute.useSearch();
  const navigate = useNavigate();
  const [showsKeys, setShowsKeys] = useState(false);
  const approvals = useApprovals(filters);
  const rows = approvals.data?.pages.flatMap(({ data }) => data) ?? [];
  const at = Math.max(
    0,
    rows.findIndex((row) => row.id === id),
  );
  const selected = id ?? rows[0]?.id;
  const select = (row: Approval | undefined) => {
    if (row) void navigate({ to: '/approvals', search: { ...filters, id: row.id }, replace: true });
  };
  useDecisionKeys(true, {
    j: () => select(rows[at + 1]),
    k: () => select(rows[at - 1]),
    '?': () => setShowsKeys(!showsKeys),
  });

  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.approvals')}>
        <Button kind="quiet" aria-expanded={showsKeys} onClick={() => setShowsKeys(!showsKeys)}>
          {t('approval.keys')}
        </Button>
      </PageHead>
      {showsKeys && <p className={styles['keys']}>{t('approval.keys.list')}</p>}
      <form className={styles['filters']} role="search" onSubmit={(event) => event.preventDefault()}>
        <Field label={t('runs.filter.status')}>
          <select
            value={filters.status ?? 'pending'}
            onChange={(event) =>
              void navigate({
                to: '/approvals',
                search: { ...filters, status: event.target.value === 'decided' ? 'decided' : undefined },
              })
            }
          >
            <option value="pending">{t('approval.filter.pending')}</option>
            <option value="decided">{t('approval.filter.decided')}</option>
          </select>
        </Field>
        <Field label={t('runs.filter.tool')}>
          <input
            type="search"
            value={filters.tool ?? ''}
            onChange={(event) =>
              void navigate({
                to: '/approvals',
                search: { ...filters, tool: event.target.value || undefined },
                replace: true,
              })
            }
          />
        </Field>
      </form>
      {approvals.isPending && <Loading rows={6} />}
      {approvals.isError && <Failure error={approvals.error} retry={() => void approvals.refetch()} />}
      {approvals.isSuccess && rows.length === 0 && (
        <Notice title={t('approval.empty')}>
          <p>{t('approval.empty.more')}</p>
        </Notice>
      )}
      {selected !== undefined && rows.length > 0 && (
        <div className={styles['split']}>
          <ul className={styles['list']} aria-label={t('nav.approvals')}>
            {rows.map((row) => (
              <li key={row.id}>
                <button
                  type="button"
                  aria-current={row.id === selected}
                  className={styles['row']}
                  onClick={() => select(row)}
                >
                  <code translate="no">{row.tool}</code>
                  <Time iso={row.created_at} className={styles['age'] ?? ''} />
                  <span translate="no" className={styles['why']}>
                    {row.assistant_text ?? row.arguments}
                  </span>
                </button>
              </li>
            ))}
            {approvals.hasNextPage && (
              <Button disabled={approvals.isFetchingNextPage} onClick={() => void approvals.fetchNextPage()}>
                {t('list.more')}
              </Button>
            )}
          </ul>
          <ApprovalDetail key={selected} id={selected} />
        </div>
      )}
    </div>
  );
}
