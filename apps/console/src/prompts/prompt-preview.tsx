import { useState } from 'react';
import { ApiError } from '../api/http.ts';
import type { Content, JsonObject, Variable } from '../api/content/prompts.ts';
import { valuesOf } from '../content/content.ts';
import { usePreview } from '../content/use-checked.ts';
import { VariablesForm } from '../content/variables-form.tsx';
import { t } from '../i18n/t.ts';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { TextBlock } from '../ui/text/text-block.tsx';
import styles from './prompts.module.css';

/** What the model reads: the templates, rendered by the server with the variables of the form. No model is called. */
export function PromptPreview({ content, variables }: { content: Content; variables: readonly Variable[] }) {
  const [values, setValues] = useState<JsonObject | null>(null);
  const preview = usePreview(content, valuesOf(content, values));
  // A value that cannot be shown is no fault of the prompt.
  const { report } = useFaults();
  return (
    <aside className={styles['preview']} aria-label={t('prompts.preview')}>
      <FaultyFields value={report}>
        <VariablesForm content={content} variables={variables} values={values} onChange={setValues} />
      </FaultyFields>
      <section className={styles['group']} aria-busy={preview.isFetching}>
        <h2>{t('prompts.preview')}</h2>
        {preview.error ? (
          <p className={styles[isUnfilled(preview.error) ? 'facts' : 'fault']} translate="no">
            {preview.error.message}
          </p>
        ) : (
          preview.data && <Rendered instructions={preview.data.instructions} input={preview.data.input} />
        )}
      </section>
    </aside>
  );
}

/** Variables that are still missing are no fault. */
function isUnfilled(error: Error): boolean {
  return error instanceof ApiError && (error.code === 'prompt_variable_missing' || error.code === 'required');
}

function Rendered({ instructions, input }: { instructions: string | null; input: JsonObject[] }) {
  const isEmpty = (instructions ?? '') === '' && input.length === 0;
  if (isEmpty) return <p className={styles['facts']}>{t('prompts.preview.empty')}</p>;
  return (
    <>
      {instructions && <Part role="system" content={instructions} />}
      {input.map(({ role, content }, index) => (
        <Part key={index} role={String(role)} content={content} />
      ))}
    </>
  );
}

function Part({ role, content }: { role: string; content: unknown }) {
  return (
    <div className={styles['part']}>
      <h3 translate="no">{role}</h3>
      {typeof content === 'string' ? (
        <p translate="no">{content}</p>
      ) : (
        <TextBlock text={JSON.stringify(content)} name={`${role}.json`} />
      )}
    </div>
  );
}
