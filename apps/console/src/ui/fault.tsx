import { ApiError } from '../api/http.ts';
import { t } from '../i18n/t.ts';
import styles from './fault.module.css';

/** Why what the user asked for was not done; nothing where there is no error. */
export function Fault({ error }: { error: Error | null | undefined }) {
  if (!error) return null;
  const isAway = error instanceof ApiError && error.isAway;
  return (
    <p className={styles['fault']} role="alert" translate={isAway ? 'yes' : 'no'}>
      {isAway ? t('state.away') : error.message}
    </p>
  );
}
