import { PlusIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { CardList, Cards } from '../../ui/list/cards.tsx';
import { Loaded, Notice } from '../../ui/page-states.tsx';
import { ServerCard } from './server-card.tsx';
import { NewServerForm } from './server-form.tsx';
import { useServers } from './servers-api.ts';

/** The MCP servers that the user may use. `open`: the one whose tools are shown. */
export function Servers({ open }: { open: string | undefined }) {
  const servers = useServers();
  const navigate = useNavigate();
  const [isAdding, setIsAdding] = useState(false);
  const show = (server: string | undefined) =>
    void navigate({ to: '/tools', search: { tab: 'servers', server }, replace: true });
  return (
    <Cards>
      {isAdding ? (
        <NewServerForm
          onDone={(server) => {
            setIsAdding(false);
            if (server) show(server.label);
          }}
        />
      ) : (
        <Button kind="primary" icon={<PlusIcon />} onClick={() => setIsAdding(true)}>
          {t('servers.add')}
        </Button>
      )}
      <Loaded query={servers} rows={4}>
        {(data) => (
          <>
            {data.length === 0 && !isAdding && (
              <Notice title={t('servers.empty')}>
                <p>{t('servers.empty.more')}</p>
              </Notice>
            )}
            <CardList label={t('tools.servers')}>
              {data.map((server) => (
                <li key={server.label}>
                  <ServerCard
                    server={server}
                    isOpen={server.label === open}
                    onShow={(isShown) => show(isShown ? server.label : undefined)}
                  />
                </li>
              ))}
            </CardList>
          </>
        )}
      </Loaded>
    </Cards>
  );
}
