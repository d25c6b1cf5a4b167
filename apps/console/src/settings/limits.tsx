import type { LimitName, Me } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { formatBytes } from '../ui/text/bytes.ts';
import { formatDuration } from '../ui/text/duration.ts';
import { Section } from './section.tsx';
import styles from './settings.module.css';

const formatCount = (count: number) => new Intl.NumberFormat().format(count);
const formatSeconds = (seconds: number) => formatDuration(seconds * 1_000);

const formats: Record<LimitName, (value: number) => string> = {
  requests_per_minute: formatCount,
  runs: formatCount,
  streams: formatCount,
  queued_runs: formatCount,
  stored_bytes: formatBytes,
  stored_rows: formatCount,
  python_seconds_per_hour: formatSeconds,
  scrape_seconds_per_hour: formatSeconds,
};

/** What the user may use. */
export function Limits({ limits }: { limits: Me['limits'] }) {
  return (
    <Section title={t('settings.limits')}>
      <p className={styles['more']}>{t('settings.limits.more')}</p>
      <dl className={styles['facts']}>
        {(Object.keys(formats) as LimitName[]).map((name) => (
          <div key={name}>
            <dt>{t(`settings.limit.${name}`)}</dt>
            <dd translate="no">{formats[name](limits[name])}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
