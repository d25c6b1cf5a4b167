import { BookmarkIcon, type Icon, InboxIcon, ListUnorderedIcon, PlayIcon } from '@primer/octicons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { usePendingCount } from '../api/approvals.ts';
import { mustSignIn, subscribe } from '../api/session.ts';
import { type MessageId, t } from '../i18n/t.ts';
import styles from './shell.module.css';
import { SignIn } from './sign-in.tsx';

interface Entry {
  to: string;
  label: MessageId;
  icon: Icon;
}

const entries: readonly Entry[] = [
  { to: '/playground', label: 'nav.playground', icon: PlayIcon },
  { to: '/runs', label: 'nav.runs', icon: ListUnorderedIcon },
  { to: '/approvals', label: 'nav.approvals', icon: InboxIcon },
  { to: '/prompts', label: 'nav.prompts', icon: BookmarkIcon },
];

/** How many calls wait for a decision; nothing where none does. */
function PendingBadge() {
  const { data: count = 0 } = usePendingCount();
  if (count === 0) return null;
  return (
    <span className={styles['badge']} aria-label={t('nav.pending', { count })}>
      {count}
    </span>
  );
}

/** The frame of every page: the skip link, the navigation, and the page. */
export function Shell() {
  const needsSignIn = useSyncExternalStore(subscribe, mustSignIn);
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#content">
        {t('app.skip')}
      </a>
      <nav className={styles['rail']} aria-label={t('app.menu')}>
        <p className={styles['brand']} translate="no">
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width="20" height="20" />
          Antiphon
        </p>
        <ul className={styles['entries']}>
          {entries.map(({ to, label, icon: EntryIcon }) => (
            <li key={to}>
              <Link to={to} className={styles['entry'] ?? ''}>
                <EntryIcon size={16} />
                <span>{t(label)}</span>
                {to === '/approvals' && <PendingBadge />}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" className={styles['content']} tabIndex={-1}>
        {needsSignIn ? <SignIn /> : <Outlet />}
      </main>
    </div>
  );
}
