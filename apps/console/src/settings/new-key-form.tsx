import { PlusIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { useCreateApiKey } from './key-requests.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/buttons/copy-button.tsx';
import { Fault } from '../ui/fault.tsx';
import { Field } from '../ui/field.tsx';
import styles from './settings.module.css';

const dayMs = 86_400_000;
/** Days after which a new key expires; 0: never. */
const lifetimes = [0, 7, 30, 90, 365];
/** Every key has the scope `api`; none may have `account`. */
const fixedScopes = ['api', 'account'];

/** Makes a key, and shows it this once. */
export function NewKeyForm({ scopes }: { scopes: readonly string[] }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [days, setDays] = useState(0);
  const create = useCreateApiKey();
  const offered = scopes.filter((scope) => !fixedScopes.includes(scope));

  if (create.data) return <NewKey secret={create.data.key} onDone={create.reset} />;
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        const expiresAt = days === 0 ? null : new Date(Date.now() + days * dayMs).toISOString();
        create.mutate(
          { name: name.trim(), scopes: [...chosen], expires_at: expiresAt },
          { onSuccess: () => setName('') },
        );
      }}
    >
      <Field label={t('settings.keys.name')}>
        <input
          value={name}
          maxLength={100}
          placeholder={t('settings.keys.placeholder')}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field label={t('settings.keys.expires')}>
        <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {lifetimes.map((count) => (
            <option key={count} value={count}>
              {count === 0 ? t('settings.keys.never') : t('settings.keys.days', { days: count })}
            </option>
          ))}
        </select>
      </Field>
      {offered.length > 0 && (
        <fieldset className={styles['scopes']}>
          <legend>{t('settings.keys.scopes')}</legend>
          {offered.map((scope) => (
            <label key={scope}>
              <input
                type="checkbox"
                checked={chosen.includes(scope)}
                onChange={({ target }) =>
                  setChosen(target.checked ? [...chosen, scope] : chosen.filter((one) => one !== scope))
                }
              />
              <span translate="no">{scope}</span>
            </label>
          ))}
        </fieldset>
      )}
      <Button
        kind="primary"
        type="submit"
        icon={<PlusIcon />}
        disabled={name.trim() === '' || create.isPending}
      >
        {t('settings.keys.create')}
      </Button>
      {create.isError && (
        <div className={styles['whole']}>
          <Fault error={create.error} />
        </div>
      )}
    </form>
  );
}

function NewKey({ secret, onDone }: { secret: string; onDone: () => void }) {
  return (
    <div className={styles['made']}>
      <p>{t('settings.keys.made')}</p>
      <input
        readOnly
        aria-label={t('settings.keys.key')}
        translate="no"
        value={secret}
        autoFocus
        onFocus={(event) => event.target.select()}
      />
      <div className={styles['buttons']}>
        <CopyButton text={secret} />
        <Button onClick={onDone}>{t('settings.keys.done')}</Button>
      </div>
    </div>
  );
}
