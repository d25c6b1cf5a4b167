import { PencilIcon, ToolsIcon, TrashIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { MaskedHeaders } from './masked-headers.tsx';
import { ServerChangeForm } from './server-form.tsx';
import { ServerTools } from './server-tools.tsx';
import { type Server, useChangeServer, useRemoveServer } from './servers-api.ts';
import styles from './servers.module.css';

interface Props {
  server: Server;
  isOpen: boolean;
  /** Shows its tools, or hides them. */
  onShow: (isShown: boolean) => void;
}

/** A server with its state, its tools on demand, and what can be done about it. */
export function ServerCard({ server, isOpen, onShow }: Props) {
  const { label, url, enabled, pin, changed, shared, source, error } = server;
  const [isChanging, setIsChanging] = useState(false);
  const facts = [
    t(source === 'file' ? 'servers.fromFile' : shared ? 'servers.shared' : 'servers.own'),
    server.transport && t(`servers.transport.${server.transport}`),
    t(`servers.approval.${server.approval}`),
    pin && t('servers.pinned'),
  ].filter((fact) => typeof fact === 'string');
  return (
    <article className={styles['card']} aria-label={label}>
      <header className={styles['head']}>
        <h2 translate="no">{label}</h2>
        <ServerState server={server} />
        {changed && (
          <span className={styles['state']} data-state="changed">
            {t('servers.changed')}
          </span>
        )}
      </header>
      {url !== null && (
        <p className={styles['address']} translate="no">
          {url}
        </p>
      )}
      <p className={styles['facts']}>{facts.join(' · ')}</p>
      {server.header_names.length > 0 && <MaskedHeaders names={server.header_names} />}
      {enabled && error && (
        <p className={styles['fault']} translate="no">
          {error.message}
        </p>
      )}
      {isChanging ? (
        <ServerChangeForm server={server} onDone={() => setIsChanging(false)} />
      ) : (
        <div className={styles['actions']}>
          <Button icon={<ToolsIcon />} aria-expanded={isOpen} onClick={() => onShow(!isOpen)}>
            {t('nav.tools')}
          </Button>
          {source === 'api' && url !== null && (
            <OwnerActions server={server} onChange={() => setIsChanging(true)} />
          )}
        </div>
      )}
      {isOpen && !isChanging && <ServerTools server={server} />}
    </article>
  );
}

function ServerState({ server: { enabled, status } }: { server: Server }) {
  const state = enabled ? status : 'disabled';
  return (
    <span className={styles['state']} data-state={state}>
      {t(`servers.state.${state}`)}
    </span>
  );
}

/** Removing takes a second click: the headers are lost with the server. */
function OwnerActions({ server, onChange }: { server: Server; onChange: () => void }) {
  const { label, enabled } = server;
  const change = useChangeServer(label);
  const remove = useRemoveServer(label);
  const [isRemoving, setIsRemoving] = useState(false);
  const failure = change.error ?? remove.error;
  return (
    <>
      <Button icon={<PencilIcon />} onClick={onChange}>
        {t('servers.change')}
      </Button>
      <Button disabled={change.isPending} onClick={() => change.mutate({ enabled: !enabled })}>
        {t(enabled ? 'servers.disable' : 'servers.enable')}
      </Button>
      {isRemoving ? (
        <>
          <Button kind="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {t('servers.remove.really')}
          </Button>
          <Button onClick={() => setIsRemoving(false)}>{t('servers.remove.not')}</Button>
        </>
      ) : (
        <Button kind="danger" icon={<TrashIcon />} onClick={() => setIsRemoving(true)}>
          {t('servers.remove')}
        </Button>
      )}
      {failure && (
        <p className={styles['fault']} role="alert" translate="no">
          {failure.message}
        </p>
      )}
    </>
  );
}
