import { PlusIcon, XIcon } from '@primer/octicons-react';
import { type ReactNode, useId, useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Button, IconButton } from '../button.tsx';
import { isObject } from '../editor/exact-json.ts';
import { JsonField, useFault } from '../editor/json-field.tsx';
import { emptyValue, fieldFor, type FormField, type Property, propertiesFor } from './form-field.ts';
import styles from './schema-controls.module.css';

interface Props {
  field: Extract<FormField, { kind: 'object' }>;
  value: Record<string, unknown>;
  onChange: (value: Record<string, unknown>) => void;
}

/**
 * The controls of an object by its JSON schema. What it changes has the types of the schema. While a control has a text that is no value, the nearest
 * `FaultyFields` knows.
 */
export function SchemaControls({ field, value, onChange }: Props) {
  return (
    <div className={styles['form']}>
      <Properties properties={field.properties} value={value} onChange={onChange} />
    </div>
  );
}

interface ControlProps<Value> {
  label: string;
  isRequired: boolean;
  value: Value;
  /** Undefined: the value is left out. */
  onChange: (value: unknown) => void;
}

function Properties({
  properties,
  value,
  onChange,
}: {
  properties: readonly Property[];
  value: Record<string, unknown>;
  onChange: (value: Record<string, unknown>) => void;
}) {
  // A control stays the same while its value is typed.
  const [shown] = useState(() => propertiesFor(properties, value));
  return shown.map(({ name, isRequired, field }) => (
    <Control
      key={name}
      field={field}
      label={name}
      isRequired={isRequired}
      value={value[name]}
      onChange={(next) => {
        const { [name]: _before, ...others } = value;
        if (next === undefined) onChange(others);
        else onChange({ ...value, [name]: next });
      }}
    />
  ));
}

function Control({ field, ...props }: ControlProps<unknown> & { field: FormField }) {
  const { label, isRequired, value, onChange } = props;
  const emptied = emptiedValue(field, isRequired);
  switch (field.kind) {
    case 'string':
      return (
        <Labelled label={label} isRequired={isRequired} description={field.description}>
          {(ids) => (
            <textarea
              {...ids}
              rows={1}
              value={typeof value === 'string' ? value : ''}
              onChange={({ target }) => onChange(target.value === '' && !isRequired ? emptied : target.value)}
            />
          )}
        </Labelled>
      );
    case 'number':
    case 'integer':
      return <NumberControl {...props} field={field} value={typeof value === 'number' ? value : undefined} />;
    case 'boolean':
    case 'enum':
      return <ChoiceControl {...props} field={field} />;
    case 'array':
      return <ListControl {...props} field={field} value={Array.isArray(value) ? value : []} />;
    case 'object':
      return (
        <fieldset className={styles['group']}>
          <legend translate="no">{label}</legend>
          {field.description !== null && (
            <p className={styles['hint']} translate="no">
              {field.description}
            </p>
          )}
          <Properties
            properties={field.properties}
            value={isObject(value) ? value : {}}
            onChange={onChange}
          />
        </fieldset>
      );
    case 'json':
      return (
        <JsonField
          label={isRequired ? `${label} *` : label}
          {...(field.description !== null && { hint: field.description })}
          rows={2}
          value={value}
          onChange={onChange}
        />
      );
  }
}

function NumberControl({
  field,
  label,
  isRequired,
  value,
  onChange,
}: ControlProps<number | undefined> & { field: FormField }) {
  const [edited, setEdited] = useState({ text: textOf(value), value });
  // The value was replaced by something other than this control.
  if (edited.value !== value) setEdited({ text: textOf(value), value });
  const { text } = edited;
  const fault = numberFault(text, field, isRequired);
  useFault(fault !== null);
  return (
    <Labelled label={label} isRequired={isRequired} description={field.description} fault={fault}>
      {(ids) => (
        <input
          {...ids}
          inputMode="decimal"
          value={text}
          onChange={({ target }) => {
            const { value: typed } = target;
            if (numberFault(typed, field, isRequired) !== null) {
              setEdited({ text: typed, value });
              return;
            }
            const next = typed.trim() === '' ? undefined : Number(typed);
            setEdited({ text: typed, value: next });
            onChange(next ?? emptiedValue(field, isRequired));
          }}
        />
      )}
    </Labelled>
  );
}

/** One of a few values, which the select names by their place. */
function ChoiceControl({
  field,
  label,
  isRequired,
  value,
  onChange,
}: ControlProps<unknown> & { field: FormField }) {
  const values: readonly (string | number | boolean)[] = field.kind === 'enum' ? field.values : [true, false];
  const place = values.findIndex((one) => one === value);
  return (
    <Labelled label={label} isRequired={isRequired} description={field.description}>
      {(ids) => (
        <select
          {...ids}
          value={place}
          onChange={({ target }) => onChange(values[Number(target.value)] ?? emptiedValue(field, isRequired))}
        >
          {(place < 0 || !isRequired || field.isNullable) && <option value={-1}>{t('form.unset')}</option>}
          {values.map((one, index) => (
            <option key={index} value={index} translate="no">
              {String(one)}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

function ListControl({
  field: { entry, description },
  label,
  value,
  onChange,
}: ControlProps<unknown[]> & { field: Extract<FormField, { kind: 'array' }> }) {
  // Removing an entry makes the others new controls, since those of numbers and JSON hold what is typed.
  const [removals, setRemovals] = useState(0);
  return (
    <fieldset className={styles['group']}>
      <legend translate="no">{label}</legend>
      {description !== null && (
        <p className={styles['hint']} translate="no">
          {description}
        </p>
      )}
      {value.map((one, index) => (
        <div key={`${removals} ${index}`} className={styles['entry']}>
          <Control
            field={fieldFor(entry, one)}
            label={t('form.entry', { label, number: index + 1 })}
            isRequired
            value={one}
            onChange={(next) => onChange(value.with(index, next ?? null))}
          />
          <IconButton
            icon={<XIcon />}
            label={t('form.remove', { number: index + 1 })}
            onClick={() => {
              setRemovals(removals + 1);
              onChange(value.filter((_one, other) => other !== index));
            }}
          />
        </div>
      ))}
      <Button kind="quiet" icon={<PlusIcon />} onClick={() => onChange([...value, emptyValue(entry)])}>
        {t('form.add', { label })}
      </Button>
    </fieldset>
  );
}

function Labelled({
  label,
  isRequired,
  description,
  fault = null,
  children,
}: {
  label: string;
  isRequired: boolean;
  description: string | null;
  fault?: string | null;
  children: (ids: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
    'aria-required': boolean;
    className: string | undefined;
  }) => ReactNode;
}) {
  const id = useId();
  return (
    <div className={styles['field']}>
      <label htmlFor={id} className={styles['label']} translate="no">
        {isRequired ? `${label} *` : label}
      </label>
      {children({
        id,
        'aria-describedby': `${id}-more`,
        'aria-invalid': fault !== null,
        'aria-required': isRequired,
        className: styles['control'],
      })}
      <div id={`${id}-more`} className={styles['hint']}>
        {fault !== null && (
          <p className={styles['fault']} role="alert">
            {fault}
          </p>
        )}
        {description !== null && <p translate="no">{description}</p>}
      </div>
    </div>
  );
}

function textOf(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function numberFault(text: string, field: FormField, isRequired: boolean): string | null {
  if (text.trim() === '') return isRequired && !field.isNullable ? t('form.fault.required') : null;
  const value = Number(text);
  if (!Number.isFinite(value)) return t('form.fault.number');
  if (field.kind === 'integer' && !Number.isInteger(value)) return t('form.fault.integer');
  return null;
}

/** What an emptied control stands for. */
function emptiedValue({ isNullable }: FormField, isRequired: boolean): unknown {
  return isRequired && isNullable ? null : undefined;
}
