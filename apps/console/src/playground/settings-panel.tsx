import { useId } from 'react';
import { useModels } from '../api/models.ts';
import { useTools } from '../api/tools.ts';
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
  const tools = useTools();
  const list = useId();
  const toggle = (name: string, isOn: boolean) =>
    change({ tools: isOn ? [...draft.tools, name] : draft.tools.filter((one) => one !== name) });
  return (
    <section className={styles['settings']} aria-label={t('playground.settings')}>
      <Field label={t('playground.model')}>
        <input
          list={list}
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
      {tools.data && tools.data.length > 0 && (
        <fieldset className={styles['tools']}>
          <legend>{t('playground.tools')}</legend>
          {tools.data.map(({ name }) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={draft.tools.includes(name)}
                onChange={(event) => toggle(name, event.target.checked)}
              />
              <span translate="no">{name}</span>
            </label>
          ))}
        </fieldset>
      )}
    </section>
  );
}
