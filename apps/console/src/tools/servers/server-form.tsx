import { type FormEvent, type ReactNode, useState } from 'react';
import { useMe } from '../../api/me.ts';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Fault } from '../../ui/fault.tsx';
import { Field } from '../../ui/field.tsx';
import { Actions } from '../../ui/list/cards.tsx';
import { type Header, HeaderFields, headersOf } from './header-fields.tsx';
import { MaskedHeaders } from './masked-headers.tsx';
import {
  changeOf,
  Check,
  differenceOf,
  type Settings,
  settingsOf,
  SettingsFields,
  unset,
} from './server-settings.tsx';
import { type Server, useChangeServer, useCreateServer } from './servers-api.ts';
import styles from './servers.module.css';

/** Registers a server. `onDone` gets it, or null where the form was closed. */
export function NewServerForm({ onDone }: { onDone: (server: Server | null) => void }) {
  const me = useMe();
  const create = useCreateServer();
  const [label, setLabel] = useState('');
  const [settings, setSettings] = useState<Settings>(unset);
  const [headers, setHeaders] = useState<readonly Header[]>([]);
  const [isShared, setIsShared] = useState(false);
  return (
    <ServerForm
      title={t('servers.add')}
      submit={t('servers.create')}
      error={create.error}
      isPending={create.isPending}
      onClose={() => onDone(null)}
      onSubmit={() =>
        create.mutate(
          { ...changeOf(settings), label, url: settings.url, headers: headersOf(headers), shared: isShared },
          { onSuccess: onDone },
        )
      }
    >
      <Field label={t('servers.label')} hint={t('servers.label.hint')}>
        <input
          required
          autoFocus
          maxLength={32}
          autoComplete="off"
          value={label}
          onChange={({ target }) => setLabel(target.value)}
        />
      </Field>
      <SettingsFields settings={settings} onChange={setSettings} />
      <HeaderFields headers={headers} onChange={setHeaders} />
      {me.data?.permissions.administer && (
        <Check label={t('servers.share')} value={isShared} onChange={setIsShared} />
      )}
    </ServerForm>
  );
}

/** Changes a server. Its headers stay, unless they are replaced: their values are not known here. */
export function ServerChangeForm({ server, onDone }: { server: Server; onDone: () => void }) {
  const change = useChangeServer(server.label);
  const { header_names: names } = server;
  const [before] = useState(() => settingsOf(server));
  const [settings, setSettings] = useState(before);
  const [headers, setHeaders] = useState<readonly Header[] | null>(names.length === 0 ? [] : null);
  const isKept = headers === null || (names.length === 0 && headers.length === 0);
  return (
    <ServerForm
      title={t('servers.change')}
      submit={t('servers.save')}
      error={change.error}
      isPending={change.isPending}
      onClose={onDone}
      onSubmit={() =>
        change.mutate(
          { ...differenceOf(before, settings), ...(!isKept && { headers: headersOf(headers) }) },
          { onSuccess: onDone },
        )
      }
    >
      <SettingsFields settings={settings} onChange={setSettings} />
      {headers === null ? (
        <Actions>
          <MaskedHeaders names={names} />
          <Button onClick={() => setHeaders([])}>{t('servers.headers.replace')}</Button>
        </Actions>
      ) : (
        <HeaderFields headers={headers} onChange={setHeaders} />
      )}
    </ServerForm>
  );
}

function ServerForm({
  title,
  submit,
  error,
  isPending,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  submit: string;
  error: Error | null;
  isPending: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <form
      className={styles['form']}
      aria-label={title}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <h2>{title}</h2>
      {children}
      <Fault error={error} />
      <Actions>
        <Button kind="primary" type="submit" disabled={isPending}>
          {submit}
        </Button>
        <Button onClick={onClose}>{t('servers.close')}</Button>
      </Actions>
    </form>
  );
}
