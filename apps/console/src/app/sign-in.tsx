import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { askToSignIn, signIn, type SignInReason, wasUsed } from '../api/session.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Fault } from '../ui/fault.tsx';
import { Field } from '../ui/field.tsx';
import styles from './shell.module.css';

/** Exchanges an API key or a token for a login of the browser, or opens one as a new guest. */
export function SignIn({ reason }: { reason: SignInReason }) {
  const [key, setKey] = useState('');
  const login = useMutation({ mutationFn: signIn, gcTime: 0 });
  return (
    <form
      className={styles['signIn']}
      onSubmit={(event) => {
        event.preventDefault();
        login.mutate(key.trim());
      }}
    >
      <h1>{t('signIn.title')}</h1>
      {reason === 'refused' && wasUsed() && <p>{t('signIn.kept')}</p>}
      <Field label={t('signIn.key')} hint={t('signIn.hint')}>
        <input
          type="password"
          autoComplete="off"
          autoFocus
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </Field>
      <Fault error={login.error} />
      <Button kind="primary" type="submit" disabled={key.trim() === '' || login.isPending}>
        {t('signIn.submit')}
      </Button>
      <p className={styles['or']}>{t('signIn.or')}</p>
      <Button disabled={login.isPending} onClick={() => login.mutate(null)}>
        {t('signIn.guest')}
      </Button>
      {reason === 'wanted' && (
        <Button kind="quiet" onClick={() => askToSignIn(null)}>
          {t('signIn.back')}
        </Button>
      )}
    </form>
  );
}
