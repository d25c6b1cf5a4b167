import { PersonIcon, ThreeBarsIcon, XIcon } from '@primer/octicons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { usePendingCount } from '../api/approvals.ts';
import { useMe } from '../api/me.ts';
import { type MessageId, t } from '../i18n/t.ts';
import type { Entry } from './shell.tsx';
import styles from './navigation.module.css';

/** The pages by what people do there. A page that no group names comes last. */
const groups: readonly { label: MessageId; paths: readonly string[] }[] = [
  { label: 'nav.group.work', paths: ['/playground', '/runs', '/approvals', '/conversations'] },
  { label: 'nav.group.build', paths: ['/prompts', '/tools', '/models'] },
  { label: 'nav.group.operate', paths: ['/webhooks', '/usage', '/settings'] },
];

/** The pages of the console: a rail on wide screens, below a button on narrow ones. */
export function Navigation({ entries }: { entries: readonly Entry[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const { pathname } = useLocation();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => setIsOpen(false), [pathname]);

  const close = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return;
    setIsOpen(false);
    button.current?.focus();
  };
  return (
    <nav className={styles['rail']} aria-label={t('app.menu')} onKeyDown={close}>
      <div className={styles['head']}>
        <p className={styles['brand']} translate="no">
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width="20" height="20" />
          Antiphon
        </p>
        <button
          ref={button}
          type="button"
          className={styles['button']}
          aria-expanded={isOpen}
          aria-controls="pages"
          aria-label={t(isOpen ? 'app.menu.close' : 'app.menu.open')}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? <XIcon /> : <ThreeBarsIcon />}
          <PendingBadge />
        </button>
      </div>
      <div id="pages" className={`${styles['pages'] ?? ''} ${isOpen ? (styles['open'] ?? '') : ''}`}>
        {grouped(entries).map(({ label, members }) => (
          <section key={label ?? ''}>
            {label && <h2 className={styles['label']}>{t(label)}</h2>}
            <ul className={styles['entries']}>
              {members.map((entry) => (
                <Page key={entry.to} entry={entry} />
              ))}
            </ul>
          </section>
        ))}
        <User />
      </div>
    </nav>
  );
}

function Page({ entry: { to, label, icon: EntryIcon } }: { entry: Entry }) {
  return (
    <li>
      <Link to={to} className={styles['entry'] ?? ''}>
        <EntryIcon size={16} />
        <span>{t(label)}</span>
        {to === '/approvals' && <PendingBadge />}
      </Link>
    </li>
  );
}

/** How many calls wait for a decision; nothing where none does. */
function PendingBadge() {
  const { data: count = 0 } = usePendingCount();
  if (count === 0) return null;
  return (
    <span className={styles['badge']}>
      <span aria-hidden="true">{count}</span>
      <span className="visually-hidden">{t('nav.pending', { count })}</span>
    </span>
  );
}

/** Who uses the console. */
function User() {
  const { data: me } = useMe();
  if (!me) return null;
  return (
    <p className={styles['user']}>
      <PersonIcon />
      {me.is_local ? (
        <span>{t('app.localUser')}</span>
      ) : (
        <span translate="no">{me.api_key?.name ?? me.account?.username ?? me.user_id}</span>
      )}
    </p>
  );
}

function grouped(entries: readonly Entry[]): { label: MessageId | null; members: Entry[] }[] {
  const named = groups.map(({ label, paths }) => ({
    label,
    members: entries.filter(({ to }) => paths.includes(to)),
  }));
  const others = entries.filter(({ to }) => !groups.some(({ paths }) => paths.includes(to)));
  return [...named, { label: null, members: others }].filter(({ members }) => members.length > 0);
}
