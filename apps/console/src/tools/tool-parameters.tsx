import { t } from '../i18n/t.ts';
import { isObject } from '../ui/editor/exact-json.ts';
import { formOf } from '../ui/schema-form/form-field.ts';
import { TextBlock } from '../ui/text/text-block.tsx';
import styles from './tools.module.css';

/** The arguments of a tool by name, type and meaning; a schema that is no plain list of them is shown as it is. */
export function ToolParameters({ schema, name }: { schema: unknown; name: string }) {
  const form = formOf(schema);
  const hasNone = isObject(schema) && Object.keys(schema['properties'] ?? {}).length === 0;
  return (
    <section className={styles['part']}>
      <h3>{t('tools.parameters')}</h3>
      {form ? (
        <dl className={styles['parameters']}>
          {form.properties.map(({ name: parameter, isRequired, field }) => (
            <div key={parameter}>
              <dt translate="no">
                <code>{parameter}</code>
                <span className={styles['origin']}>{field.kind === 'json' ? 'JSON' : field.kind}</span>
              </dt>
              <dd>
                {isRequired && <span className={styles['required']}>{t('tools.required')}</span>}
                {field.description !== null && <span translate="no">{field.description}</span>}
              </dd>
            </div>
          ))}
        </dl>
      ) : hasNone ? (
        <p className={styles['hint']}>{t('tools.noParameters')}</p>
      ) : (
        <TextBlock text={JSON.stringify(schema, null, 2)} name={`${name}.schema.json`} />
      )}
    </section>
  );
}
