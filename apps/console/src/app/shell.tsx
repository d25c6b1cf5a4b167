import {
  BookIcon,
  CommentDiscussionIcon,
  GearIcon,
  GraphIcon,
  InboxIcon,
  ListUnorderedIcon,
  PlayIcon,
  StackIcon,
  ToolsIcon,
  WebhookIcon,
  type Icon,
} from '@primer/octicons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { type MessageId, t } from '../i18n/t.ts';
import styles from './shell.module.css';

interface Entry {
  to: string;
  label: MessageId;
  icon: Icon;
}

const entries: readonly Entry[] = [
  { to: '/playground', label: 'nav.playground', icon: PlayIcon },
  { to: '/runs', label: 'nav.runs', icon: ListUnorderedIcon },
  { to: '/approvals', label: 'nav.approvals', icon: InboxIcon },
  { to: '/conversations', label: 'nav.conversations', icon: CommentDiscussionIcon },
  { to: '/prompts', label: 'nav.prompts', icon: BookIcon },
  { to: '/tools', label: 'nav.tools', icon: ToolsIcon },
  { to: '/models', label: 'nav.models', icon: StackIcon },
  { to: '/webhooks', label: 'nav.webhooks', icon: WebhookIcon },
  { to: '/usage', label: 'nav.usage', icon: GraphIcon },
  { to: '/settings', label: 'nav.settings', icon: GearIcon },
];

/** The frame of every page: the skip link, the navigation, and the page. */
export function Shell() {
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
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" className={styles['content']} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
