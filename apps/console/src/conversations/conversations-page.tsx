import { Link } from '@tanstack/react-router';
import { useConversations } from './conversation-requests.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Time } from '../ui/text/time.tsx';
import styles from './conversations.module.css';

/** The conversations of the caller, newest first. */
export function ConversationsPage() {
  const conversations = useConversations();
  const rows = conversations.data?.pages.flatMap((page) => page.conversations) ?? [];
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.conversations')} />
      {conversations.isPending && <Loading rows={8} />}
      {conversations.isError && rows.length === 0 && (
        <Failure error={conversations.error} retry={() => void conversations.refetch()} />
      )}
      {conversations.isSuccess && rows.length === 0 && (
        <Notice title={t('conversations.empty')}>
          <p>{t('conversations.empty.more')}</p>
        </Notice>
      )}
      {rows.length > 0 && (
        <ul className={styles['rows']}>
          {rows.map(({ id, preview, created_at: created, updated_at: updated }) => (
            <li key={id}>
              <Link to="/conversations/$id" params={{ id }} className={styles['row'] ?? ''}>
                <span className={styles['preview']} translate="no">
                  {preview || id}
                </span>
                <span className={styles['when']}>
                  {t('conversations.created')} <Time iso={created} />
                </span>
                <span className={styles['when']}>
                  {t('conversations.updated')} <Time iso={updated} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {conversations.hasNextPage && (
        <p className={styles['next']}>
          <Button
            disabled={conversations.isFetchingNextPage}
            onClick={() => void conversations.fetchNextPage()}
          >
            {t('list.more')}
          </Button>
        </p>
      )}
    </div>
  );
}
