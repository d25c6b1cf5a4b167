import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { signIn } from '../api/session.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import styles from './shell.module.css';

/** Takes an API key or a token. It stays in the memory of the page. */
export function SignIn() {
  const [key, setKey] = useState('');
  const client = useQueryClient();
  return (
    <form
      className={styles['signIn']}
      onSubmit={(event) => {
        event.preventDefault();
        signIn(key.trim());
        void client.invalidateQueries();
      }}
    >
      <h1>{t('signIn.title')}</h1>
      <Field label={t('signIn.key')} hint={t('signIn.hint')}>
        <input
          type="password"
          autoComplete="off"
          autoFocus
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </Field>
      <Button kind="primary" type="submit" disabled={key.trim() === ''}>
        {t('signIn.submit')}
      </Button>
    </form>
  );
}
