import { t } from '../../i18n/t.ts';
import styles from './servers.module.css';

/** The names of secret headers. */
export function MaskedHeaders({ names }: { names: readonly string[] }) {
  return (
    <p className={styles['facts']}>
      {t('servers.headers.sent')}{' '}
      <span translate="no">{names.map((name) => `${name}: ••••••`).join(', ')}</span>
    </p>
  );
}
