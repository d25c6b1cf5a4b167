import { useMe } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded } from '../ui/page-states.tsx';
import { Account } from './account.tsx';
import { ApiKeys } from './api-keys.tsx';
import { Display } from './display.tsx';
import { Limits } from './limits.tsx';
import { Members } from './members.tsx';
import styles from './settings.module.css';

/** Who the user is, the user's API keys and limits, and how the console looks in this browser. */
export function SettingsPage() {
  const me = useMe();
  return (
    <>
      <PageHead title={t('nav.settings')} />
      <div className={styles['sections']}>
        <Display />
        <Loaded query={me} rows={6}>
          {(data) => (
            <>
              <Account me={data} />
              <ApiKeys me={data} />
              {!data.is_local && <Members />}
              <Limits limits={data.limits} />
            </>
          )}
        </Loaded>
      </div>
    </>
  );
}
