import { t } from '../../i18n/t.ts';
import { Field } from '../../ui/field.tsx';
import { Choice } from '../../ui/list/filter-bar.tsx';
import type { ApprovalPolicy } from '../tools-api.ts';
import type { Server, ServerChange, Timeouts, Transport } from './servers-api.ts';
import styles from './servers.module.css';

/** The settings of a server that are not secret, as its form has them: texts where the user types. */
export interface Settings extends Required<Pick<ServerChange, 'url' | 'approval' | 'enabled' | 'pin'>> {
  transport: Transport | 'any';
  /** A name a line; empty: all tools. */
  allowedTools: string;
  /** Seconds; empty: the operator's. */
  timeouts: Readonly<Record<keyof Timeouts, string>>;
  /** Empty: as many calls as the operator allows. */
  concurrency: string;
}

export const unset: Settings = {
  url: '',
  transport: 'any',
  allowedTools: '',
  approval: 'unsafe',
  timeouts: { connect_ms: '', list_ms: '', call_ms: '' },
  concurrency: '',
  enabled: true,
  pin: false,
};

const timeoutNames = ['connect_ms', 'list_ms', 'call_ms'] as const satisfies readonly (keyof Timeouts)[];
const transports: readonly Transport[] = ['streamable_http', 'sse'];
const policies: readonly ApprovalPolicy[] = ['unsafe', 'always', 'never'];

export function settingsOf(server: Server): Settings {
  const { url, transport, allowed_tools: allowed, approval, timeouts, concurrency, enabled, pin } = server;
  const seconds = (name: keyof Timeouts) => String(timeouts[name] / 1_000);
  return {
    ...{ url: url ?? '', approval, enabled, pin },
    transport: transport ?? 'any',
    allowedTools: allowed?.join('\n') ?? '',
    timeouts: {
      connect_ms: seconds('connect_ms'),
      list_ms: seconds('list_ms'),
      call_ms: seconds('call_ms'),
    },
    concurrency: concurrency === null ? '' : String(concurrency),
  };
}

/** The settings as the API takes them. */
export function changeOf(settings: Settings): ServerChange {
  const { transport, allowedTools, timeouts, concurrency, ...same } = settings;
  const names = allowedTools
    .split('\n')
    .map((name) => name.trim())
    .filter(Boolean);
  const set = timeoutNames.filter((name) => timeouts[name] !== '');
  return {
    ...same,
    transport: transport === 'any' ? null : transport,
    allowed_tools: names.length === 0 ? null : names,
    timeouts: Object.fromEntries(set.map((name) => [name, Math.round(Number(timeouts[name]) * 1_000)])),
    concurrency: concurrency === '' ? null : Number(concurrency),
  };
}

/** The fields in which two settings differ. */
export function differenceOf(before: Settings, after: Settings): ServerChange {
  const was = new Map(Object.entries(changeOf(before)).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(
    Object.entries(changeOf(after)).filter(([name, value]) => JSON.stringify(value) !== was.get(name)),
  );
}

interface Props {
  settings: Settings;
  onChange: (next: Settings) => void;
}

export function SettingsFields({ settings, onChange }: Props) {
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
      <div className={styles['fields']}>
        <Choice
          label={t('servers.transport')}
          value={settings.transport}
          options={(['any', ...transports] as const).map((name) => ({
            value: name,
            name: t(`servers.transport.${name}`),
          }))}
          onChange={(transport) => set({ transport })}
        />
        <Choice
          label={t('tools.approval')}
          value={settings.approval}
          options={policies.map((name) => ({ value: name, name: t(`servers.approval.${name}`) }))}
          onChange={(approval) => set({ approval })}
        />
      </div>
      <Check label={t('servers.pin')} value={settings.pin} onChange={(pin) => set({ pin })} />
      <Check label={t('servers.use')} value={settings.enabled} onChange={(enabled) => set({ enabled })} />
      <MoreFields settings={settings} onChange={onChange} />
    </>
  );
}

/** What few servers need. */
function MoreFields({ settings, onChange }: Props) {
  const { allowedTools, timeouts, concurrency } = settings;
  return (
    <details className={styles['more']}>
      <summary>{t('servers.more')}</summary>
      <div className={styles['moreFields']}>
        <Field label={t('servers.allowedTools')} hint={t('servers.allowedTools.hint')}>
          <textarea
            rows={3}
            translate="no"
            spellCheck={false}
            value={allowedTools}
            onChange={({ target }) => onChange({ ...settings, allowedTools: target.value })}
          />
        </Field>
        <div className={styles['fields']}>
          {timeoutNames.map((name) => (
            <Field key={name} label={t(`servers.timeout.${name}`)}>
              <input
                type="number"
                min="0.001"
                step="any"
                value={timeouts[name]}
                onChange={({ target }) =>
                  onChange({ ...settings, timeouts: { ...timeouts, [name]: target.value } })
                }
              />
            </Field>
          ))}
          <Field label={t('servers.concurrency')}>
            <input
              type="number"
              min="1"
              step="1"
              value={concurrency}
              onChange={({ target }) => onChange({ ...settings, concurrency: target.value })}
            />
          </Field>
        </div>
      </div>
    </details>
  );
}

export function Check({
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
