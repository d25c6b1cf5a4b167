import {
  BookmarkIcon,
  type Icon,
  CloudOfflineIcon,
  CpuIcon,
  CommentDiscussionIcon,
  GearIcon,
  GraphIcon,
  InboxIcon,
  ListUnorderedIcon,
  PlayIcon,
  ToolsIcon,
  WebhookIcon,
} from '@primer/octicons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation, useParams } from '@tanstack/react-router';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { ApiError } from '../api/http.ts';
import { useLiveApprovals } from '../api/live-approvals.ts';
import { useMe } from '../api/me.ts';
import { subscribe, wasUsed, whySignIn } from '../api/session.ts';
import { type MessageId, t } from '../i18n/t.ts';
import { announce, LiveRegion } from '../ui/announcements.tsx';
import { Loading } from '../ui/page-states.tsx';
import { Navigation } from './navigation.tsx';
import styles from './shell.module.css';
import { SignIn } from './sign-in.tsx';

/** A page in the navigation. */
export interface Entry {
  to: string;
  label: MessageId;
  icon: Icon;
}

const entries: readonly Entry[] = [
  { to: '/playground', label: 'nav.playground', icon: PlayIcon },
  { to: '/runs', label: 'nav.runs', icon: ListUnorderedIcon },
  { to: '/approvals', label: 'nav.approvals', icon: InboxIcon },
  { to: '/tools', label: 'nav.tools', icon: ToolsIcon },
  { to: '/models', label: 'nav.models', icon: CpuIcon },
  { to: '/conversations', label: 'nav.conversations', icon: CommentDiscussionIcon },
  { to: '/prompts', label: 'nav.prompts', icon: BookmarkIcon },
  { to: '/webhooks', label: 'nav.webhooks', icon: WebhookIcon },
  { to: '/usage', label: 'nav.usage', icon: GraphIcon },
  { to: '/settings', label: 'nav.settings', icon: GearIcon },
];

/** The frame of every page: the skip link, the navigation, the state of the server, and the page. */
export function Shell() {
  const reason = useSyncExternalStore(subscribe, whySignIn);
  const isAway = useIsAway();
  const { pathname } = useLocation();
  const content = useRef<HTMLElement>(null);
  usePageTitle(pathname);
  useFocusAfterNavigation(pathname, content);
  return (
    <div className={styles['shell']} data-away={isAway}>
      <a className={styles['skip']} href="#content">
        {t('app.skip')}
      </a>
      <Navigation entries={entries} />
      <div className={styles['column']}>
        {isAway && <ServerAway />}
        <main id="content" ref={content} className={styles['content']} tabIndex={-1}>
          {reason && <SignIn reason={reason} />}
          <Page isHidden={reason !== null} />
        </main>
      </div>
      <LiveRegion />
    </div>
  );
}

/** The page, once it is known who uses it. While the user signs in again it is hidden, and keeps what the user typed. */
function Page({ isHidden }: { isHidden: boolean }) {
  const me = useMe();
  const isUnknown = isHidden || (me.isPending && me.failureCount === 0);
  if (isUnknown && !wasUsed()) return isHidden ? null : <Loading rows={8} />;
  return (
    <div className={isHidden ? styles['kept'] : styles['page']}>
      <Outlet />
    </div>
  );
}

function ServerAway() {
  return (
    <p className={styles['away']}>
      <CloudOfflineIcon />
      <strong>{t('state.away')}</strong> <span>{t('state.away.more')}</span>
    </p>
  );
}

/** Whether the server is away. The stream of approvals tries again by itself; when it is back, what the page shows is read again. */
function useIsAway(): boolean {
  const { error } = useLiveApprovals();
  const client = useQueryClient();
  const isAway = error instanceof ApiError && error.isAway;
  const wasAway = useRef(false);
  useEffect(() => {
    if (isAway === wasAway.current) return;
    wasAway.current = isAway;
    announce(t(isAway ? 'state.away' : 'state.back'));
    if (!isAway) void client.invalidateQueries();
  }, [isAway, client]);
  return isAway;
}

/** The title of the window: the item that the page shows, and the page. */
function usePageTitle(pathname: string): void {
  const { id } = useParams({ strict: false });
  const entry = entries.find(({ to }) => pathname.startsWith(to));
  const title = [id, entry && t(entry.label), 'Antiphon'].filter(Boolean).join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** Moves the focus from the navigation into the page that it opened, unless the page has taken it. */
function useFocusAfterNavigation(pathname: string, content: { current: HTMLElement | null }): void {
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    if (!content.current?.contains(document.activeElement)) content.current?.focus({ preventScroll: true });
  }, [pathname, content]);
}
