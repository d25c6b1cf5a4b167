import type { JsonObject } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import styles from './content.module.css';

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

interface Props {
  settings: JsonObject;
  onChange: (settings: JsonObject) => void;
}

/** How the model answers. A field that is left empty has the value of the provider. */
export function SettingsFields({ settings, onChange }: Props) {
  const set = (name: string, value: unknown) => {
    const { [name]: _before, ...others } = settings;
    onChange(value === undefined ? others : { ...others, [name]: value });
  };
  const { reasoning } = settings;
  const effort = typeof reasoning === 'object' && reasoning ? (reasoning as JsonObject)['effort'] : undefined;
  const parallel = settings['parallel_tool_calls'];
  return (
    <div className={styles['grid']}>
      <NumberField
        label={t('content.temperature')}
        value={settings['temperature']}
        range={{ min: 0, max: 2, step: 0.1 }}
        onChange={(value) => set('temperature', value)}
      />
      <NumberField
        label={t('content.topP')}
        value={settings['top_p']}
        range={{ min: 0, max: 1, step: 0.05 }}
        onChange={(value) => set('top_p', value)}
      />
      <NumberField
        label={t('content.maxTokens')}
        value={settings['max_output_tokens']}
        range={{ min: 1, step: 1 }}
        onChange={(value) => set('max_output_tokens', value)}
      />
      <Field label={t('content.effort')}>
        <select
          value={typeof effort === 'string' ? effort : ''}
          onChange={({ target }) =>
            set('reasoning', target.value === '' ? undefined : { effort: target.value })
          }
        >
          <option value="">{t('content.byDefault')}</option>
          {efforts.map((name) => (
            <option key={name} value={name} translate="no">
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('content.parallel')}>
        <select
          value={typeof parallel === 'boolean' ? String(parallel) : ''}
          onChange={({ target }) =>
            set('parallel_tool_calls', target.value === '' ? undefined : target.value === 'true')
          }
        >
          <option value="">{t('content.byDefault')}</option>
          <option value="true">{t('content.parallel.yes')}</option>
          <option value="false">{t('content.parallel.no')}</option>
        </select>
      </Field>
    </div>
  );
}

interface NumberProps {
  label: string;
  value: unknown;
  range: { min: number; max?: number; step: number };
  onChange: (value: number | undefined) => void;
}

function NumberField({ label, value, range, onChange }: NumberProps) {
  return (
    <Field label={label}>
      <input
        type="number"
        {...range}
        value={typeof value === 'number' ? value : ''}
        onChange={({ target }) => onChange(target.value === '' ? undefined : target.valueAsNumber)}
      />
    </Field>
  );
}
