import type { Approval } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import { SchemaForm } from '../schema-form/schema-form.tsx';
import { isFormable } from '../schema-form/formable.ts';
import styles from './approvals.module.css';
import type { JsonFault } from './json-fault.ts';

interface Props {
  approval: Approval;
  text: string;
  onChange: (text: string) => void;
  fault: JsonFault | null;
}

/** The arguments to change: as a form where the schema fits one, and always as JSON, which the form writes. */
export function ArgumentsEditor({ approval: { schema }, text, onChange, fault }: Props) {
  return (
    <div className={styles['editor']}>
      {schema !== null && isFormable(schema) && fault === null && (
        <SchemaForm
          schema={schema}
          value={JSON.parse(text) as Record<string, unknown>}
          onChange={(value) => onChange(JSON.stringify(value, null, 2))}
        />
      )}
      <Field label={t('call.arguments')}>
        <textarea
          rows={8}
          value={text}
          spellCheck={false}
          aria-invalid={fault !== null}
          className={styles['json']}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
      {fault && (
        <p className={styles['fault']} role="alert">
          {t('approval.fault', { line: fault.line, column: fault.column, why: fault.why })}
        </p>
      )}
    </div>
  );
}
