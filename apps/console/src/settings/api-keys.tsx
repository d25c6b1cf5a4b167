import { type ApiKey, useApiKeys } from './key-requests.ts';
import type { Me } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { Loaded, Notice } from '../ui/page-states.tsx';
import { Day, Time } from '../ui/text/time.tsx';
import { NewKeyForm } from './new-key-form.tsx';
import { RevokeKey } from './revoke-key.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

/** The user's API keys, where the user may manage them. */
export function ApiKeys({ me }: { me: Me }) {
  return (
    <Section title={t('settings.keys')}>
      {me.is_local && <p>{t('settings.keys.local')}</p>}
      {me.kind === 'key' && <p>{t('settings.keys.byKey')}</p>}
      {me.permissions.manage_api_keys && (
        <>
          <p className={styles['more']}>{t('settings.keys.more')}</p>
          <NewKeyForm scopes={me.scopes} />
          <KeyList />
        </>
      )}
    </Section>
  );
}

function KeyList() {
  const keys = useApiKeys();
  return (
    <Loaded query={keys} rows={2}>
      {(data) => (data.length === 0 ? <Notice title={t('settings.keys.empty')} /> : <KeyTable keys={data} />)}
    </Loaded>
  );
}

function KeyTable({ keys }: { keys: readonly ApiKey[] }) {
  return (
    <table className={styles['keys']}>
      <thead>
        <tr>
          <th scope="col">{t('settings.keys.name')}</th>
          <th scope="col">{t('settings.keys.key')}</th>
          <th scope="col">{t('settings.keys.scopes')}</th>
          <th scope="col">{t('settings.keys.created')}</th>
          <th scope="col">{t('settings.keys.used')}</th>
          <th scope="col">{t('settings.keys.expires')}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} />
        ))}
      </tbody>
    </table>
  );
}

/** A row; on narrow screens each cell shows the name of its column before it. */
function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const { name, last4, scopes, created_at: created, last_used_at: used, expires_at: expires } = apiKey;
  return (
    <tr>
      <th scope="row" translate="no">
        {name}
      </th>
      <td data-name={t('settings.keys.key')}>
        <code translate="no">sk_…{last4}</code>
      </td>
      <td data-name={t('settings.keys.scopes')} translate="no">
        {scopes.join(', ')}
      </td>
      <td data-name={t('settings.keys.created')}>
        <Day iso={created} />
      </td>
      <td data-name={t('settings.keys.used')}>{used ? <Time iso={used} /> : t('settings.keys.never')}</td>
      <td data-name={t('settings.keys.expires')}>
        {expires === null ? t('settings.keys.never') : <Expiry iso={expires} />}
      </td>
      <td className={styles['action']}>
        <RevokeKey apiKey={apiKey} />
      </td>
    </tr>
  );
}

function Expiry({ iso }: { iso: string }) {
  return Date.parse(iso) > Date.now() ? (
    <Day iso={iso} />
  ) : (
    <span className={styles['expired']}>{t('settings.keys.expired')}</span>
  );
}
