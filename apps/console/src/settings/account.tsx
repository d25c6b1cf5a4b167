import { useMutation } from '@tanstack/react-query';
import { SignOutIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import type { Me } from '../api/me.ts';
import { askToSignIn, hasLogin, signOut } from '../api/session.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Fault } from '../ui/fault.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

const permissions = ['decide_for_others', 'try_tools', 'administer', 'manage_api_keys'] as const;

/** Who the user is and what the user may do, with the way out. */
export function Account({ me }: { me: Me }) {
  const logout = useMutation({ mutationFn: signOut });
  const granted = permissions.filter((name) => me.permissions[name]);
  return (
    <Section title={t('settings.account')}>
      {me.is_local ? (
        <p>{t('settings.account.local')}</p>
      ) : (
        <dl className={styles['facts']}>
          <Fact name={t('settings.account.user')}>
            <span translate="no">{me.account?.username ?? me.user_id}</span>
          </Fact>
          <Fact name={t('settings.account.kind')}>{t(`settings.kind.${me.kind}`)}</Fact>
          {me.api_key && (
            <Fact name={t('settings.account.key')}>
              <span translate="no">
                {me.api_key.name} (…{me.api_key.last4})
              </span>
            </Fact>
          )}
          <Fact name={t('settings.account.scopes')}>
            <span translate="no">{me.scopes.join(', ')}</span>
          </Fact>
          <Fact name={t('settings.permissions')}>
            {granted.length === 0
              ? t('settings.account.none')
              : granted.map((name) => t(`settings.permission.${name}`)).join(', ')}
          </Fact>
        </dl>
      )}
      <Fault error={logout.error} />
      {hasLogin() ? (
        <Button icon={<SignOutIcon />} disabled={logout.isPending} onClick={() => logout.mutate()}>
          {t('settings.account.signOut')}
        </Button>
      ) : (
        <Button onClick={() => askToSignIn('wanted')}>{t('signIn.submit')}</Button>
      )}
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
