import { toolsRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { ListPage } from '../ui/list/list-page.tsx';
import { PageTabs } from '../ui/list/page-tabs.tsx';
import { Servers } from './servers/servers.tsx';
import { ToolBrowser } from './tool-browser.tsx';

/** The tools that models can call, and the MCP servers that some are from. */
export function ToolsPage() {
  const search = toolsRoute.useSearch();
  const isServers = search.tab === 'servers';
  return (
    <ListPage
      title={t('nav.tools')}
      isOpen={search.tool !== undefined}
      actions={
        <PageTabs
          label={t('nav.tools')}
          tabs={[
            { to: '/tools', search: {}, isOpen: !isServers, label: t('tools.all') },
            { to: '/tools', search: { tab: 'servers' }, isOpen: isServers, label: t('tools.servers') },
          ]}
        />
      }
    >
      {isServers ? <Servers open={search.server} /> : <ToolBrowser search={search} />}
    </ListPage>
  );
}
