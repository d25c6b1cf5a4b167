import { Link, type LinkProps } from '@tanstack/react-router';
import styles from './list.module.css';

export interface PageTab extends Pick<LinkProps, 'to' | 'search'> {
  label: string;
  isOpen: boolean;
}

/** The parts of a page, as links. A link does not know itself whether it is open: the filters of a part are in the address, but not in the link. */
export function PageTabs({ label, tabs }: { label: string; tabs: readonly PageTab[] }) {
  return (
    <nav className={styles['tabs']} aria-label={label}>
      {tabs.map(({ label: text, isOpen, ...target }) => (
        <Link
          key={text}
          {...target}
          activeOptions={{ exact: true, includeSearch: true }}
          {...(isOpen && { 'aria-current': 'page' })}
        >
          {text}
        </Link>
      ))}
    </nav>
  );
}
