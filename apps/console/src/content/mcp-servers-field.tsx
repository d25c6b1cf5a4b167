import { PlusIcon, TrashIcon } from '@primer/octicons-react';
import { useId } from 'react';
import type { JsonObject } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { useServers } from '../tools/servers/servers-api.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ApprovalField } from './approval-field.tsx';
import styles from './content.module.css';
import { isServer, replaced } from './tools.ts';

interface Props {
  tools: JsonObject[];
  onChange: (tools: JsonObject[]) => void;
  /** Whether a token may be given, which this page keeps in its memory only. */
  hasTokens?: boolean;
}

/** MCP servers beside this one: at a URL, or registered under their label. */
export function McpServersField({ tools, onChange, hasTokens = false }: Props) {
  const servers = tools.filter(isServer);
  const registered = useServers();
  const list = useId();
  const set = (index: number, server: JsonObject | null) =>
    onChange(
      replaced(
        tools,
        isServer,
        servers.flatMap((entry, at) => (at === index ? (server ? [server] : []) : [entry])),
      ),
    );
  return (
    <div className={styles['group']}>
      <datalist id={list}>
        {registered.data?.map(({ label }) => (
          <option key={label} value={label} />
        ))}
      </datalist>
      {servers.map((server, index) => (
        <ServerFields
          key={index}
          server={server}
          list={list}
          hasToken={hasTokens}
          onChange={(changed) => set(index, changed)}
          onRemove={() => set(index, null)}
        />
      ))}
      <Button
        icon={<PlusIcon />}
        onClick={() => onChange(replaced(tools, isServer, [...servers, { type: 'mcp', server_label: '' }]))}
      >
        {t('content.server.add')}
      </Button>
    </div>
  );
}

interface ServerProps {
  server: JsonObject;
  list: string;
  hasToken: boolean;
  onChange: (server: JsonObject) => void;
  onRemove: () => void;
}

function ServerFields({ server, list, hasToken, onChange, onRemove }: ServerProps) {
  const set = (name: string, value: string | undefined) => {
    const { [name]: _before, ...others } = server;
    onChange(value === undefined ? others : { ...others, [name]: value });
  };
  const text = (name: string) => (typeof server[name] === 'string' ? server[name] : '');
  return (
    <fieldset className={styles['card']}>
      <legend className="visually-hidden">{text('server_label') || t('content.server')}</legend>
      <div className={styles['cardHead']}>
        <Field label={t('content.server.label')}>
          <input
            list={list}
            translate="no"
            value={text('server_label')}
            onChange={({ target }) => set('server_label', target.value)}
          />
        </Field>
        <IconButton label={t('content.server.remove')} icon={<TrashIcon />} onClick={onRemove} />
      </div>
      <Field label={t('content.server.url')} hint={t('content.server.url.hint')}>
        <input
          type="url"
          translate="no"
          value={text('server_url')}
          onChange={({ target }) => set('server_url', target.value === '' ? undefined : target.value)}
        />
      </Field>
      <ApprovalField
        value={server['require_approval']}
        defaultLabel={t(text('server_url') === '' ? 'content.approval.tool' : 'content.approval.always')}
        onChange={(approval) => set('require_approval', approval)}
      />
      {hasToken && text('server_url') !== '' && (
        <Field label={t('content.server.token')} hint={t('content.server.token.hint')}>
          <input
            type="password"
            autoComplete="off"
            value={text('authorization')}
            onChange={({ target }) => set('authorization', target.value === '' ? undefined : target.value)}
          />
        </Field>
      )}
    </fieldset>
  );
}
