import { PencilIcon, ToolsIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Fault } from '../../ui/fault.tsx';
import { Actions, Card, CardHead } from '../../ui/list/cards.tsx';
import { RemoveButton } from '../../ui/buttons/remove-button.tsx';
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
    server.allowed_tools && t('servers.allowed', { count: server.allowed_tools.length }),
    pin && t('servers.pinned'),
  ].filter((fact) => typeof fact === 'string');
  return (
    <Card label={label}>
      <CardHead title={label}>
        <ServerState server={server} />
        {changed && <Badge tone="wait">{t('servers.changed')}</Badge>}
      </CardHead>
      {url !== null && (
        <p className={styles['address']} translate="no">
          {url}
        </p>
      )}
      <p className={styles['facts']}>{facts.join(' · ')}</p>
      {server.header_names.length > 0 && <MaskedHeaders names={server.header_names} />}
      {enabled && error && (
        <p className={styles['failing']} translate="no">
          {error.message}
        </p>
      )}
      {isChanging ? (
        <ServerChangeForm server={server} onDone={() => setIsChanging(false)} />
      ) : (
        <Actions>
          <Button icon={<ToolsIcon />} aria-expanded={isOpen} onClick={() => onShow(!isOpen)}>
            {t('nav.tools')}
          </Button>
          {source === 'api' && url !== null && (
            <OwnerActions server={server} onChange={() => setIsChanging(true)} />
          )}
        </Actions>
      )}
      {isOpen && !isChanging && <ServerTools server={server} />}
    </Card>
  );
}

const tones: Record<Server['status'] | 'disabled', Tone> = {
  unknown: 'plain',
  connected: 'good',
  failing: 'bad',
  disabled: 'plain',
};

function ServerState({ server: { enabled, status } }: { server: Server }) {
  const state = enabled ? status : 'disabled';
  return <Badge tone={tones[state]}>{t(`servers.state.${state}`)}</Badge>;
}

function OwnerActions({ server, onChange }: { server: Server; onChange: () => void }) {
  const { label, enabled } = server;
  const change = useChangeServer(label);
  const remove = useRemoveServer(label);
  const failure = change.error ?? remove.error;
  return (
    <>
      <Button icon={<PencilIcon />} onClick={onChange}>
        {t('servers.change')}
      </Button>
      <Button disabled={change.isPending} onClick={() => change.mutate({ enabled: !enabled })}>
        {t(enabled ? 'servers.disable' : 'servers.enable')}
      </Button>
      <RemoveButton
        label={t('servers.remove')}
        really={t('servers.remove.really')}
        keep={t('servers.remove.not')}
        isPending={remove.isPending}
        onRemove={() => remove.mutate()}
      />
      <Fault error={failure} />
    </>
  );
}
