import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { type Approval, fits, useApprovalPages, useIsUnused } from '../api/approvals.ts';
import { type LiveApprovals, useLiveApprovals } from '../api/live-approvals.ts';
import { type ApprovalsSearch, approvalsRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { useAnnouncement } from '../ui/announcements.tsx';
import { ListPage, Split } from '../ui/list/list-page.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { ApprovalDetail } from './approval-detail.tsx';
import { ApprovalFilterBar } from './approval-filter-bar.tsx';
import { ApprovalList } from './approval-list.tsx';
import styles from './approvals.module.css';
import { useDecisionKeys } from './decision-keys.ts';

/** What waits for a decision, beside the one that is being decided. `j` and `k` move, `a e r f` answer, `?` shows the keys. */
export function ApprovalsPage() {
  const search = approvalsRoute.useSearch();
  const navigate = useNavigate();
  const [showsKeys, setShowsKeys] = useState(false);
  const live = useLiveApprovals();
  const { rows, isLoading, error, retry, more } = useRows(search, live);
  const { id, status, ...filters } = search;
  const selected = id ?? rows[0]?.id;
  // A decided call leaves the list of those that wait: the next one takes its place.
  const lastPlace = useRef(0);
  const at = rows.findIndex((row) => row.id === selected);
  if (at >= 0) lastPlace.current = at;

  const go = (change: Partial<ApprovalsSearch>, replace: boolean) =>
    void navigate({ to: '/approvals', search: { ...search, ...change }, replace });
  const open = (next: string | undefined) => {
    if (next !== undefined) go({ id: next }, true);
  };
  useDecisionKeys(true, {
    j: () => open(rows[at >= 0 ? at + 1 : Math.min(lastPlace.current, rows.length - 1)]?.id),
    k: () => open(rows[Math.max(0, (at >= 0 ? at : lastPlace.current) - 1)]?.id),
    '?': () => setShowsKeys(!showsKeys),
  });
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  const isEmpty = !isLoading && !error && rows.length === 0;
  const isUnused = useIsUnused(isEmpty && !isFiltered && status === undefined);
  useAnnouncement(spoken(live));
  const all = useMemo(() => [...live.waiting.values(), ...rows], [live.waiting, rows]);

  return (
    <ListPage
      title={t('nav.approvals')}
      isOpen={id !== undefined}
      actions={
        <>
          <span className={styles['status']}>{spoken(live)}</span>
          <Button kind="quiet" aria-expanded={showsKeys} onClick={() => setShowsKeys(!showsKeys)}>
            {t('approval.keys')}
          </Button>
        </>
      }
    >
      {showsKeys && <Keys />}
      <ApprovalFilterBar
        search={search}
        tools={[...new Set(all.map(({ tool }) => tool))]}
        hasOthers={all.some(({ mine }) => !mine)}
        onChange={(change) => go({ ...change, id: undefined }, false)}
      />
      {isLoading && <Loading rows={6} />}
      {error && <Failure error={error} {...(retry && { retry })} />}
      {isEmpty && id === undefined && (
        <Nothing
          why={isFiltered ? 'filtered' : status ? 'undecided' : isUnused ? 'unused' : 'empty'}
          onClear={() => void navigate({ to: '/approvals', search: status ? { status } : {} })}
        />
      )}
      {!isLoading && selected !== undefined && (
        <Split>
          <ApprovalList
            rows={rows}
            open={selected}
            onOpen={open}
            end={
              more && (
                <Button disabled={more.isFetching} onClick={more.fetch}>
                  {t(more.isOldest ? 'approval.oldest' : 'list.more')}
                </Button>
              )
            }
          />
          <ApprovalDetail key={selected} id={selected} onClose={() => go({ id: undefined }, true)} />
        </Split>
      )}
    </ListPage>
  );
}

function Nothing({
  why,
  onClear,
}: {
  why: 'filtered' | 'undecided' | 'unused' | 'empty';
  onClear: () => void;
}) {
  return (
    <Notice title={t(`approval.${why}`)}>
      {why === 'filtered' ? (
        <Button onClick={onClear}>{t('filter.clear')}</Button>
      ) : (
        <p>{t(`approval.${why}.more`)}</p>
      )}
    </Notice>
  );
}

const keys = ['j', 'k', 'a', 'e', 'r', 'f', '?'] as const;

function Keys() {
  return (
    <dl className={styles['keys']}>
      {keys.map((key) => (
        <div key={key}>
          <dt>
            <kbd translate="no">{key}</kbd>
          </dt>
          <dd>{t(`approval.key.${key}`)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface Rows {
  rows: readonly Approval[];
  isLoading: boolean;
  error: Error | null;
  /** Null where the console tries again by itself. */
  retry: (() => void) | null;
  /** Loads further rows: of those that wait, the oldest, which the stream does not have. Null: there are none. */
  more: { isOldest: boolean; isFetching: boolean; fetch: () => void } | null;
}

/** The rows of the list: decided ones by pages, and waiting ones as the stream has them, the newest first. */
function useRows({ status, ...filters }: ApprovalsSearch, live: LiveApprovals): Rows {
  const { id: _id, ...wanted } = filters;
  const isDecided = status === 'decided';
  const decided = useApprovalPages('decided', wanted, isDecided);
  const [wantsOldest, setWantsOldest] = useState(false);
  const oldest = useApprovalPages('pending', wanted, !isDecided && live.hasMore && wantsOldest);
  const pages = isDecided ? decided : oldest;
  const listed = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  const more = pages.hasNextPage
    ? { isFetching: pages.isFetchingNextPage, fetch: () => void pages.fetchNextPage() }
    : null;
  if (isDecided)
    return {
      rows: listed,
      isLoading: decided.isPending,
      error: decided.data ? null : decided.error,
      retry: () => void decided.refetch(),
      more: more && { ...more, isOldest: false },
    };
  const known = new Map([...listed, ...live.waiting.values()].map((approval) => [approval.id, approval]));
  const rows = newestRunFirst([...known.values()].filter((approval) => fits(approval, wanted, Date.now())));
  const first =
    live.hasMore && !wantsOldest ? { isFetching: false, fetch: () => setWantsOldest(true) } : more;
  return {
    rows,
    isLoading: !live.isCurrent && !live.error && live.waiting.size === 0,
    error: live.isCurrent || rows.length > 0 ? null : live.error,
    retry: null,
    more: first && { ...first, isOldest: true },
  };
}

/** The calls of one run stay together, in their order. */
function newestRunFirst(approvals: readonly Approval[]): Approval[] {
  const runs = Map.groupBy(approvals, ({ response_id: id }) => id);
  const begin = ([first]: readonly Approval[]) => first?.created_at ?? '';
  return [...runs.values()].toSorted((a, b) => begin(b).localeCompare(begin(a))).flat();
}

/** The last change in words: the only part of the page that a screen reader speaks by itself. */
function spoken({ latest, waiting, isCurrent }: LiveApprovals): string {
  if (!isCurrent) return '';
  if (!latest) return t('approval.said.count', { count: waiting.size });
  const { tool, decision } = latest.approval;
  return decision
    ? t('approval.said.decided', { tool, action: decision.action })
    : t('approval.said.waiting', { tool });
}
