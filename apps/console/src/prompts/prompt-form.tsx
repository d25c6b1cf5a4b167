import type { Content } from '../api/content/prompts.ts';
import { McpServersField } from '../content/mcp-servers-field.tsx';
import { MessagesField } from '../content/messages-field.tsx';
import { ModelField } from '../content/model-field.tsx';
import { SchemaField } from '../content/schema-field.tsx';
import { SettingsFields } from '../content/settings-fields.tsx';
import { ToolsField } from '../content/tools-field.tsx';
import { templateFault } from '../content/use-checked.ts';
import { t } from '../i18n/t.ts';
import { TextEditor } from '../ui/editor/text-editor.tsx';
import { Field } from '../ui/field.tsx';
import type { PromptDraft } from './prompt-draft.ts';
import styles from './prompts.module.css';

interface Props {
  draft: PromptDraft;
  onChange: (changes: Partial<PromptDraft>) => void;
  /** Why the content cannot run, as the server says. */
  error: Error | null;
}

/** The fields of a prompt: its labels, its templates, and how it runs. */
export function PromptForm({ draft, onChange, error }: Props) {
  const { content } = draft;
  const change = (changes: Partial<Content>) => onChange({ content: { ...content, ...changes } });
  return (
    <div className={styles['form']}>
      <Field label={t('prompts.name')}>
        <input value={draft.name} onChange={({ target }) => onChange({ name: target.value })} required />
      </Field>
      <TextEditor
        label={t('prompts.system')}
        language="jinja"
        rows={6}
        value={content.system_prompt ?? ''}
        fault={templateFault(error, 'system_prompt')}
        onChange={(text) => change({ system_prompt: text === '' ? null : text })}
      />
      <section className={styles['group']} aria-label={t('content.messages')}>
        <h2>{t('content.messages')}</h2>
        <MessagesField
          messages={content.messages}
          faultAt={(index) => templateFault(error, `messages[${index}].content`)}
          onChange={(messages) => change({ messages })}
        />
      </section>
      <section className={styles['group']} aria-label={t('playground.settings')}>
        <h2>{t('playground.settings')}</h2>
        <ModelField model={content.model} onChange={(model) => change({ model })} />
        <SettingsFields settings={content.settings} onChange={(settings) => change({ settings })} />
      </section>
      <details
        className={styles['details']}
        open={content.output_schema !== null || content.input_schema !== null}
      >
        <summary>{t('prompts.schemas')}</summary>
        <div className={styles['group']}>
          <SchemaField
            label={t('prompts.inputSchema')}
            hint={t('prompts.inputSchema.hint')}
            schema={content.input_schema}
            onChange={(schema) => change({ input_schema: schema })}
          />
          <SchemaField
            label={t('content.schema')}
            hint={t('content.schema.hint')}
            schema={content.output_schema}
            onChange={(schema) => change({ output_schema: schema })}
          />
        </div>
      </details>
      <details className={styles['details']}>
        <summary>{t('prompts.tools')}</summary>
        <div className={styles['group']}>
          <ToolsField tools={content.tools} onChange={(tools) => change({ tools })} />
          <McpServersField tools={content.tools} onChange={(tools) => change({ tools })} />
        </div>
      </details>
      <details className={styles['details']}>
        <summary>{t('prompts.labels')}</summary>
        <div className={styles['group']}>
          <Field label={t('prompts.description')}>
            <textarea
              rows={2}
              value={draft.description}
              onChange={({ target }) => onChange({ description: target.value })}
            />
          </Field>
          <Field label={t('prompts.tags')} hint={t('prompts.tags.hint')}>
            <input value={draft.tags} onChange={({ target }) => onChange({ tags: target.value })} />
          </Field>
        </div>
      </details>
    </div>
  );
}
