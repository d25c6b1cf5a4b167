import { t } from '../i18n/t.ts';
import { useAnnouncement } from '../ui/announcements.tsx';
import { Fault } from '../ui/fault.tsx';
import { formatDuration } from '../ui/text/duration.ts';
import { TextBlock } from '../ui/text/text-block.tsx';
import type { Trial } from './tools-api.ts';
import styles from './tools.module.css';

interface Props {
  name: string;
  trial: Trial | undefined;
  /** Why the call was not made, or its answer did not arrive. */
  error: Error | null;
  isPending: boolean;
}

/** What a tool returned: its error, its text and its images, and how long it took. */
export function TrialResult({ name, trial, error, isPending }: Props) {
  useAnnouncement(
    isPending
      ? t('tools.try.running')
      : trial
        ? t(trial.error ? 'tools.try.failed' : 'tools.try.done', { time: formatDuration(trial.duration_ms) })
        : '',
  );
  if (isPending) return <p className={styles['hint']}>{t('tools.try.running')}</p>;
  if (error)
    return error.name === 'AbortError' ? (
      <p className={styles['hint']}>{t('tools.try.stopped')}</p>
    ) : (
      <Fault error={error} />
    );
  if (!trial) return null;
  const { output, images, error: failure, duration_ms: durationMs } = trial;
  const time = formatDuration(durationMs);
  return (
    <section className={styles['part']} aria-label={t('tools.try.result')}>
      <p className={styles['outcome']} data-failed={failure !== null}>
        {t(failure ? 'tools.try.failed' : 'tools.try.done', { time })}
      </p>
      {failure && (
        <p className={styles['fault']} translate="no">
          <code>{failure.code}</code> {failure.message}
        </p>
      )}
      {output !== '' && output !== failure?.message && (
        <TextBlock key={output} text={output} name={`${name}.output.txt`} />
      )}
      {images.length > 0 && (
        <ul className={styles['images']}>
          {images.map((url, index) => (
            <li key={index}>
              <img src={url} alt={t('tools.try.image', { number: index + 1 })} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
