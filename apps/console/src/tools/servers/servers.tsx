import { PlusIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Failure, Loading, Notice } from '../../ui/page-states.tsx';
import { ServerCard } from './server-card.tsx';
import { NewServerForm } from './server-form.tsx';
import { useServers } from './servers-api.ts';
import styles from './servers.module.css';

/** The MCP servers that the user may use. `open`: the one whose tools are shown. */
export function Servers({ open }: { open: string | undefined }) {
  const servers = useServers();
  const navigate = useNavigate();
  const [isAdding, setIsAdding] = useState(false);
  const show = (server: string | undefined) =>
    void navigate({ to: '/tools', search: { tab: 'servers', server }, replace: true });
  return (
    <div className={styles['servers']}>
      {isAdding ? (
        <NewServerForm
          onDone={(server) => {
            setIsAdding(false);
            if (server) show(server.label);
          }}
        />
      ) : (
        <Button
          kind="primary"
          icon={<PlusIcon />}
          className={styles['add'] ?? ''}
          onClick={() => setIsAdding(true)}
        >
          {t('servers.add')}
        </Button>
      )}
      {servers.isPending && <Loading rows={4} />}
      {servers.isError && <Failure error={servers.error} retry={() => void servers.refetch()} />}
      {servers.isSuccess && servers.data.length === 0 && !isAdding && (
        <Notice title={t('servers.empty')}>
          <p>{t('servers.empty.more')}</p>
        </Notice>
      )}
      <ul className={styles['cards']} aria-label={t('tools.servers')}>
        {servers.data?.map((server) => (
          <li key={server.label}>
            <ServerCard
              server={server}
              isOpen={server.label === open}
              onShow={(isShown) => show(isShown ? server.label : undefined)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
