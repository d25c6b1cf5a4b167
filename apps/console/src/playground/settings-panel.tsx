import { useId } from 'react';
import { useModels } from '../api/models.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import type { Draft } from './draft.ts';
import styles from './playground.module.css';

/** The settings of the next run. */
export function SettingsPanel({
  draft,
  change,
}: {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
}) {
  const models = useModels();
  const list = useId();
  return (
    <section className={styles['settings']} aria-label={t('playground.settings')}>
      <Field label={t('playground.model')}>
        <input
          list={list}
          translate="no"
          value={draft.model}
          placeholder={models.data?.[0]?.id ?? 'default'}
          onChange={(event) => change({ model: event.target.value })}
        />
      </Field>
      <datalist id={list}>
        {models.data?.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <Field label={t('playground.instructions')}>
        <textarea
          rows={4}
          value={draft.instructions}
          onChange={(event) => change({ instructions: event.target.value })}
        />
      </Field>
      <div className={styles['pair']}>
        <Field label={t('playground.temperature')}>
          <input
            type="number"
            min={0}
            max={2}
            step={0.1}
            value={draft.temperature}
            onChange={(event) => change({ temperature: event.target.value })}
          />
        </Field>
        <Field label={t('playground.maxTokens')}>
          <input
            type="number"
            min={1}
            value={draft.maxTokens}
            onChange={(event) => change({ maxTokens: event.target.value })}
          />
        </Field>
      </div>
      <label className={styles['switch']}>
        <input
          type="checkbox"
          checked={draft.hasTools}
          onChange={(event) => change({ hasTools: event.target.checked })}
        />
        {t('playground.tools')}
      </label>
    </section>
  );
}
