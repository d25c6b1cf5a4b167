import { useMe } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Failure, Loading } from '../ui/page-states.tsx';
import { Account } from './account.tsx';
import { ApiKeys } from './api-keys.tsx';
import { Display } from './display.tsx';
import { Limits } from './limits.tsx';
import styles from './settings.module.css';

/** Who the user is, the user's API keys and limits, and how the console looks in this browser. */
export function SettingsPage() {
  const me = useMe();
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.settings')} />
      <div className={styles['sections']}>
        <Display />
        {me.isPending && <Loading rows={6} />}
        {me.isError && <Failure error={me.error} retry={() => void me.refetch()} />}
        {me.data && (
          <>
            <Account me={me.data} />
            <ApiKeys me={me.data} />
            <Limits limits={me.data.limits} />
          </>
        )}
      </div>
    </div>
  );
}
