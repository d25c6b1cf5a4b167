import { GitBranchIcon, PlayIcon } from '@primer/octicons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { conversationRoute } from '../app/router.tsx';
import { useAnswer, useTurns } from './conversation-requests.ts';
import { isOver, type Run } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { ItemView } from '../items/item-view.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { RowList } from '../ui/rows/row-list.tsx';
import { Status } from '../ui/status.tsx';
import { Time } from '../ui/text/time.tsx';
import { type BranchTurn, branchesOf } from './branches.ts';
import styles from './conversations.module.css';

/** One conversation as the tree of its turns, with the selected turn beside it. The selection is in the address and replaces it. */
export function ConversationPage() {
  const { id } = conversationRoute.useParams();
  const { turn } = conversationRoute.useSearch();
  const navigate = useNavigate();
  const runs = useTurns(id);
  if (runs.isPending) return <Loading rows={8} />;
  if (!runs.data) return <Failure error={runs.error} retry={() => void runs.refetch()} />;
  const turns = branchesOf(runs.data);
  const selected = turns.find(({ key }) => key === turn) ?? turns.at(-1);
  return (
    <div className={styles['page']}>
      <PageHead
        title={
          <span className={styles['title']} translate="no">
            {turns[0]?.run.preview || id}
          </span>
        }
      >
        {selected && (
          <Link to="/playground" search={{ run: selected.key }} className={styles['action'] ?? ''}>
            <PlayIcon /> {t('conversations.continue')}
          </Link>
        )}
      </PageHead>
      {turns.length === 0 && <Notice title={t('conversations.noTurns')} />}
      {selected && (
        <div className={styles['split']}>
          <RowList
            label={t('conversations.turns')}
            entries={turns}
            selected={selected.key}
            onSelect={(key) =>
              void navigate({
                to: '/conversations/$id',
                params: { id },
                search: { turn: key },
                replace: true,
              })
            }
          >
            {(entry) => <TurnLine turn={entry} />}
          </RowList>
          <TurnDetails key={selected.key} run={selected.run} />
        </div>
      )}
    </div>
  );
}

const depthsMax = 6;

function TurnLine({ turn: { run, depth, isFork } }: { turn: BranchTurn }) {
  return (
    <span className={styles['turn']} data-depth={Math.min(depth, depthsMax)}>
      {isFork && <GitBranchIcon size={12} aria-label={t('conversations.branch')} />}
      <span className={styles['preview']} translate="no">
        {run.preview || run.id}
      </span>
      <Status status={run.status} />
    </span>
  );
}

function TurnDetails({ run }: { run: Run }) {
  const answer = useAnswer(run);
  return (
    <section className={styles['inspector']} aria-label={t('runs.details')} tabIndex={0}>
      <p className={styles['facts']}>
        <Status status={run.status} />
        <Time iso={run.created_at} />
        <Link to="/runs/$id" params={{ id: run.id }}>
          {t('conversations.run')}
        </Link>
      </p>
      <p className={styles['question']} translate="no">
        {run.preview}
      </p>
      {answer.isPending && <Loading />}
      {answer.isError && <Failure error={answer.error} retry={() => void answer.refetch()} />}
      {answer.data?.output.map((item) => (
        <ItemView key={item.id} item={item} isLive={!isOver(run)} />
      ))}
    </section>
  );
}
