import { useEffect, useId, useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Button } from '../button.tsx';
import { JsonField } from '../editor/json-field.tsx';
import { Field } from '../field.tsx';
import { controlOf, fieldsOf, prefilled, type Schema, type SchemaField } from './schema-fields.ts';
import styles from './schema-form.module.css';

type Values = Record<string, unknown>;

interface Props {
  label: string;
  /** A JSON Schema of an object. */
  schema: Schema;
  value: Values;
  onChange: (value: Values) => void;
}

/**
 * A form of a JSON Schema. Values have the schema's types; a field that is left empty is not sent. What a form cannot show is edited as JSON: a
 * single field, or the whole value. The user may switch to JSON at any time.
 */
export function SchemaForm({ label, schema, value, onChange }: Props) {
  const fields = fieldsOf(schema);
  const [wantsJson, setWantsJson] = useState(false);
  const name = useId();
  const isJson = wantsJson || fields === null;
  const isUntouched = Object.keys(value).length === 0;
  const key = JSON.stringify([isJson, schema]);
  // What the editors show is what is sent. It is filled once, so that a user can empty it.
  useEffect(() => {
    if (!isUntouched) return;
    const begun = isJson ? prefilled(schema) : prefilledJson(fields);
    if (isObject(begun) && Object.keys(begun).length > 0) onChange(begun);
  }, [key]);
  return (
    <section className={styles['form']} aria-labelledby={name}>
      <header className={styles['head']}>
        <h3 id={name}>{label}</h3>
        {fields !== null && (
          <Button kind="quiet" aria-pressed={isJson} onClick={() => setWantsJson(!wantsJson)}>
            {t('form.json')}
          </Button>
        )}
      </header>
      {isJson ? (
        <JsonField
          label={t('form.json')}
          value={isUntouched ? undefined : value}
          complain={(given) => (isObject(given) ? null : t('form.object'))}
          onChange={(given) => onChange(isObject(given) ? given : {})}
        />
      ) : (
        fields.map((field) => (
          <SchemaControl
            key={field.name}
            field={field}
            value={value[field.name]}
            onChange={(given) => onChange(withField(value, field.name, given))}
          />
        ))
      )}
    </section>
  );
}

interface ControlProps {
  field: SchemaField;
  value: unknown;
  onChange: (value: unknown) => void;
}

function SchemaControl({ field, value, onChange }: ControlProps) {
  const { name, schema, isRequired } = field;
  const label = isRequired ? t('form.required', { name }) : name;
  const hint = schema.description === undefined ? {} : { hint: schema.description };
  const control = controlOf(schema);
  switch (control.kind) {
    case 'choice': {
      const at = control.options.findIndex((option) => option === value);
      return (
        <Field label={label} {...hint}>
          <select
            value={at === -1 ? '' : String(at)}
            onChange={({ target }) =>
              onChange(target.value === '' ? undefined : control.options[Number(target.value)])
            }
          >
            <option value="">{t('form.none')}</option>
            {control.options.map((option, index) => (
              <option key={index} value={index} translate="no">
                {String(option)}
              </option>
            ))}
          </select>
        </Field>
      );
    }
    case 'number':
      return (
        <Field label={label} {...hint}>
          <input
            type="number"
            step={control.step}
            min={schema.minimum}
            max={schema.maximum}
            value={typeof value === 'number' ? value : ''}
            onChange={({ target }) => onChange(target.value === '' ? undefined : target.valueAsNumber)}
          />
        </Field>
      );
    case 'text':
      return (
        <Field label={label} {...hint}>
          <textarea
            rows={1}
            value={typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)}
            placeholder={typeof schema.default === 'string' ? schema.default : undefined}
            onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
          />
        </Field>
      );
    case 'json':
      return <JsonField label={label} {...hint} value={value} onChange={onChange} rows={3} />;
  }
}

/** The required fields that are edited as JSON. */
function prefilledJson(fields: readonly SchemaField[]): Values {
  const edited = fields.filter(({ schema, isRequired }) => isRequired && controlOf(schema).kind === 'json');
  return Object.fromEntries(edited.map(({ name, schema }) => [name, prefilled(schema)]));
}

function withField(value: Values, name: string, given: unknown): Values {
  const { [name]: _before, ...others } = value;
  return given === undefined ? others : { ...others, [name]: given };
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
