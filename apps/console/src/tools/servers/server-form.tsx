import { type FormEvent, type ReactNode, useState } from 'react';
import { useMe } from '../../api/me.ts';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import type { ApprovalPolicy } from '../tools-api.ts';
import { type Header, HeaderFields, headersOf } from './header-fields.tsx';
import { MaskedHeaders } from './masked-headers.tsx';
import {
  type Server,
  type ServerChange,
  type Transport,
  useChangeServer,
  useCreateServer,
} from './servers-api.ts';
import styles from './servers.module.css';

/** The settings of a server that are not secret. */
type Settings = Required<Pick<ServerChange, 'url' | 'transport' | 'approval' | 'enabled' | 'pin'>>;

const unset: Settings = { url: '', transport: null, approval: 'unsafe', enabled: true, pin: false };

/** Registers a server. `onDone` gets it, or null where the form was closed. */
export function NewServerForm({ onDone }: { onDone: (server: Server | null) => void }) {
  const me = useMe();
  const create = useCreateServer();
  const [label, setLabel] = useState('');
  const [settings, setSettings] = useState(unset);
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
          { label, ...settings, headers: headersOf(headers), shared: isShared },
          { onSuccess: onDone },
        )
      }
    >
      <Field label={t('servers.label')} hint={t('servers.label.hint')}>
        <input
          required
          autoFocus
          maxLength={64}
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
  const { url, transport, approval, enabled, pin, header_names: names } = server;
  const [settings, setSettings] = useState<Settings>({ url: url ?? '', transport, approval, enabled, pin });
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
        change.mutate({ ...settings, ...(!isKept && { headers: headersOf(headers) }) }, { onSuccess: onDone })
      }
    >
      <SettingsFields settings={settings} onChange={setSettings} />
      {headers === null ? (
        <div className={styles['actions']}>
          <MaskedHeaders names={names} />
          <Button onClick={() => setHeaders([])}>{t('servers.headers.replace')}</Button>
        </div>
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
      {children}
      {error && (
        <p className={styles['fault']} role="alert" translate="no">
          {error.message}
        </p>
      )}
      <div className={styles['actions']}>
        <Button kind="primary" type="submit" disabled={isPending}>
          {submit}
        </Button>
        <Button onClick={onClose}>{t('servers.close')}</Button>
      </div>
    </form>
  );
}

const transports: readonly Transport[] = ['streamable_http', 'sse'];
const policies: readonly ApprovalPolicy[] = ['unsafe', 'always', 'never'];

function SettingsFields({ settings, onChange }: { settings: Settings; onChange: (next: Settings) => void }) {
  const set = (changes: Partial<Settings>) => onChange({ ...settings, ...changes });
  return (
    <>
      <Field label={t('servers.url')}>
        <input
          type="url"
          required
          placeholder="https://"
          translate="no"
          value={settings.url}
          onChange={({ target }) => set({ url: target.value })}
        />
      </Field>
      <div className={styles['pair']}>
        <Field label={t('servers.transport')}>
          <select
            value={settings.transport ?? ''}
            onChange={({ target }) =>
              set({ transport: transports.find((name) => name === target.value) ?? null })
            }
          >
            <option value="">{t('servers.transport.any')}</option>
            {transports.map((name) => (
              <option key={name} value={name}>
                {t(`servers.transport.${name}`)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t('tools.approval')}>
          <select
            value={settings.approval}
            onChange={({ target }) =>
              set({ approval: policies.find((name) => name === target.value) ?? 'unsafe' })
            }
          >
            {policies.map((name) => (
              <option key={name} value={name}>
                {t(`servers.approval.${name}`)}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <Check label={t('servers.pin')} value={settings.pin} onChange={(pin) => set({ pin })} />
      <Check label={t('servers.use')} value={settings.enabled} onChange={(enabled) => set({ enabled })} />
    </>
  );
}

function Check({
  label,
  value,
  onChange,
}: {
  label: string;
  value: boolean;
  onChange: (value: boolean) => void;
}) {
  return (
    <label className={styles['check']}>
      <input type="checkbox" checked={value} onChange={({ target }) => onChange(target.checked)} />
      {label}
    </label>
  );
}
