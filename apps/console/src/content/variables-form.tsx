import { useId } from 'react';
import type { Content, JsonObject, Variable } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { SchemaForm } from '../ui/schema-form/schema-form.tsx';
import { valuesOf } from './content.ts';
import styles from './content.module.css';

interface Props {
  content: Content;
  /** The variables that its templates read. */
  variables: readonly Variable[];
  /** Null: what the form begins with. */
  values: JsonObject | null;
  onChange: (values: JsonObject) => void;
}

/** The variables of a content, as a form of their schema. Nothing where it takes none. */
export function VariablesForm({ content, variables, values, onChange }: Props) {
  const name = useId();
  if (content.input_schema === null && variables.length === 0) return null;
  return (
    <section className={styles['group']} aria-labelledby={name}>
      <h3 id={name} className={styles['heading']}>
        {t('content.variables')}
      </h3>
      <SchemaForm
        label={t('content.variables')}
        schema={content.input_schema ?? schemaOf(variables)}
        value={valuesOf(content, values)}
        onChange={onChange}
      />
    </section>
  );
}

/** Variables without a schema are texts; other values are given as JSON. */
function schemaOf(variables: readonly Variable[]): object {
  return {
    type: 'object',
    properties: Object.fromEntries(variables.map(({ name }) => [name, { type: 'string' }])),
    required: variables.filter(({ required }) => required).map(({ name }) => name),
  };
}
