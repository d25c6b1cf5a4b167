import { Link } from '@tanstack/react-router';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Actions } from '../../ui/list/cards.tsx';
import { Loaded } from '../../ui/page-states.tsx';
import { ChangedTools } from './changed-tools.tsx';
import { type OfferedTools, type Server, useServerTools } from './servers-api.ts';
import styles from './servers.module.css';

/** The tools of a server: those that can be tried, those that wait for a confirmation, and those that are left out with the reasons. */
export function ServerTools({ server }: { server: Server }) {
  const tools = useServerTools(server);
  if (!server.enabled) return <p className={styles['hint']}>{t('servers.tools.disabled')}</p>;
  return (
    <Loaded query={tools}>
      {(offered) =>
        offered.error ? (
          <Actions>
            <p className={styles['failing']} translate="no">
              {offered.error.message}
            </p>
            <Button disabled={tools.isFetching} onClick={() => void tools.refetch()}>
              {t('state.retry')}
            </Button>
          </Actions>
        ) : (
          <Offered server={server} tools={offered} />
        )
      }
    </Loaded>
  );
}

function Offered({ server: { label, url }, tools }: { server: Server; tools: OfferedTools }) {
  const { data, left_out: leftOut, changed } = tools;
  const held = new Set(changed.map(({ name }) => name));
  const usable = data.filter(({ server_tool_name: name }) => !held.has(name));
  return (
    <div className={styles['tools']}>
      {changed.length > 0 && <ChangedTools label={label} tools={tools} canConfirm={url !== null} />}
      {usable.length === 0 && <p className={styles['hint']}>{t('servers.tools.none')}</p>}
      <ul className={styles['rows']} aria-label={t('servers.tools', { label })}>
        {usable.map(({ name, description }) => (
          <li key={name}>
            <Link to="/tools" search={{ tool: name }} title={t('servers.tools.try')} translate="no">
              <code>{name}</code>
            </Link>
            <p translate="no">{description}</p>
          </li>
        ))}
      </ul>
      {leftOut.length > 0 && (
        <section aria-label={t('servers.leftOut')}>
          <h3>{t('servers.leftOut')}</h3>
          <ul className={styles['rows']}>
            {leftOut.map(({ name, reason }, index) => (
              <li key={index} translate="no">
                <code>{name}</code>
                <p>{reason}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
