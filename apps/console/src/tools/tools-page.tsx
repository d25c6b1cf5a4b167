import { Link } from '@tanstack/react-router';
import { toolsRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Servers } from './servers/servers.tsx';
import { ToolBrowser } from './tool-browser.tsx';
import type { ToolsSearch } from './tools-search.ts';
import styles from './tools.module.css';

/** The tools that models can call, and the MCP servers that some are from. */
export function ToolsPage() {
  const search = toolsRoute.useSearch();
  const isServers = search.tab === 'servers';
  return (
    <div className={styles['page']} data-open={search.tool !== undefined}>
      <PageHead title={t('nav.tools')}>
        <nav className={styles['tabs']} aria-label={t('nav.tools')}>
          <Tab search={{}} isOpen={!isServers} label={t('tools.all')} />
          <Tab search={{ tab: 'servers' }} isOpen={isServers} label={t('tools.servers')} />
        </nav>
      </PageHead>
      {isServers ? <Servers open={search.server} /> : <ToolBrowser search={search} />}
    </div>
  );
}

/** A link that knows itself whether it is open: the filters of a tab are no part of its address. */
function Tab({ search, isOpen, label }: { search: ToolsSearch; isOpen: boolean; label: string }) {
  return (
    <Link
      to="/tools"
      search={search}
      activeOptions={{ exact: true, includeSearch: true }}
      {...(isOpen && { 'aria-current': 'page' })}
    >
      {label}
    </Link>
  );
}
