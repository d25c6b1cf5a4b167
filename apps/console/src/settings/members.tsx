import { useInfiniteQuery } from '@tanstack/react-query';
import { getJson } from '../api/http.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Loaded } from '../ui/page-states.tsx';
import { Day } from '../ui/text/time.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

interface Member {
  user_id: string;
  username: string;
  /** Null where it has none, and where the user may not see it. */
  email: string | null;
  /** Null where the user may not see them. */
  scopes: string[] | null;
  created_at: string;
}

interface MemberPage {
  data: Member[];
  has_more: boolean;
}

/** The accounts of the user's tenant. */
export function Members() {
  const members = useMembers();
  return (
    <Section title={t('settings.members')}>
      <p className={styles['more']}>{t('settings.members.more')}</p>
      <Loaded query={members} rows={2}>
        {({ pages }) => <MemberTable members={pages.flatMap(({ data }) => data)} />}
      </Loaded>
      {members.hasNextPage && (
        <Button disabled={members.isFetchingNextPage} onClick={() => void members.fetchNextPage()}>
          {t('list.more')}
        </Button>
      )}
    </Section>
  );
}

function useMembers() {
  return useInfiniteQuery({
    queryKey: ['members'],
    queryFn: ({ pageParam, signal }) =>
      getJson<MemberPage>(`/v1/members?limit=100&after=${encodeURIComponent(pageParam)}`, signal),
    initialPageParam: '',
    getNextPageParam: ({ data, has_more: hasMore }) => (hasMore ? data.at(-1)?.user_id : undefined),
    staleTime: 60_000,
  });
}

/** On narrow screens each cell shows the name of its column before it. */
function MemberTable({ members }: { members: readonly Member[] }) {
  return (
    <table className={styles['keys']} aria-label={t('settings.members.list')}>
      <thead>
        <tr>
          <th scope="col">{t('settings.members.user')}</th>
          <th scope="col">{t('settings.members.email')}</th>
          <th scope="col">{t('settings.members.scopes')}</th>
          <th scope="col">{t('settings.members.joined')}</th>
        </tr>
      </thead>
      <tbody>
        {members.map(({ user_id: id, username, email, scopes, created_at: created }) => (
          <tr key={id}>
            <th scope="row" translate="no" title={id}>
              {username}
            </th>
            <td data-name={t('settings.members.email')} translate={email === null ? 'yes' : 'no'}>
              {email ?? (scopes === null ? t('settings.members.hidden') : '–')}
            </td>
            <td data-name={t('settings.members.scopes')} translate={scopes === null ? 'yes' : 'no'}>
              {scopes === null ? t('settings.members.hidden') : scopes.join(', ') || '–'}
            </td>
            <td data-name={t('settings.members.joined')}>
              <Day iso={created} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
