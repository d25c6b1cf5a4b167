import { Field } from '../ui/field.tsx';
import { type FieldSchema, fieldsOf, valueOf } from './formable.ts';
import styles from './schema-form.module.css';

interface Props {
  schema: Readonly<Record<string, unknown>>;
  value: Readonly<Record<string, unknown>>;
  onChange: (value: Record<string, unknown>) => void;
}

/** Inputs for the properties of a flat JSON schema. A property that is emptied is left out; numbers stay numbers. */
export function SchemaForm({ schema, value, onChange }: Props) {
  const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
  const change = (name: string, next: unknown) => {
    const { [name]: _before, ...others } = value;
    onChange(next === undefined ? others : { ...value, [name]: next });
  };
  return (
    <div className={styles['form']} translate="no">
      {Object.entries(fieldsOf(schema)).map(([name, field]) => (
        <Field
          key={name}
          label={`${field.title ?? name}${required.includes(name) ? ' *' : ''}`}
          {...(field.description !== undefined && { hint: field.description })}
        >
          <Input field={field} value={value[name]} onChange={(next) => change(name, next)} />
        </Field>
      ))}
    </div>
  );
}

interface InputProps {
  field: FieldSchema;
  value: unknown;
  onChange: (value: unknown) => void;
}

function Input({ field, value, onChange }: InputProps) {
  const text = value === undefined || value === null ? '' : String(value);
  if (field.type === 'boolean')
    return (
      <input
        type="checkbox"
        checked={value === true}
        onChange={(event) => onChange(event.target.checked)}
        className={styles['check']}
      />
    );
  if (field.enum)
    return (
      <select value={text} onChange={(event) => onChange(valueOf(event.target.value, field))}>
        <option value="" />
        {field.enum.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  return (
    <input
      type={field.type === 'string' ? 'text' : 'number'}
      step={field.type === 'integer' ? 1 : 'any'}
      value={text}
      onChange={(event) => onChange(valueOf(event.target.value, field))}
    />
  );
}
