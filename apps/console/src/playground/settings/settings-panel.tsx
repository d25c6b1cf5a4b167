import type { Content } from '../../api/content/prompts.ts';
import { McpServersField } from '../../content/mcp-servers-field.tsx';
import { MessagesField } from '../../content/messages-field.tsx';
import { ModelField } from '../../content/model-field.tsx';
import { SchemaField } from '../../content/schema-field.tsx';
import { SettingsFields } from '../../content/settings-fields.tsx';
import { isServer } from '../../content/tools.ts';
import { ToolsField } from '../../content/tools-field.tsx';
import { t } from '../../i18n/t.ts';
import { TextEditor } from '../../ui/editor/text-editor.tsx';
import type { Draft } from '../draft/draft.ts';
import { PromptSection } from './prompt-section.tsx';
import styles from './settings-panel.module.css';

interface Props {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
}

/** The settings of the next run. */
export function SettingsPanel({ draft, change }: Props) {
  const { content } = draft;
  const { tools, messages } = content;
  const set = (changes: Partial<Content>) => change({ content: { ...content, ...changes } });
  const servers = tools.filter(isServer).length;
  return (
    <section className={styles['settings']} aria-label={t('playground.settings')}>
      <PromptSection draft={draft} change={change} />
      <ModelField model={content.model} onChange={(model) => set({ model })} />
      <TextEditor
        label={t('content.instructions')}
        language="jinja"
        rows={4}
        value={content.system_prompt ?? ''}
        onChange={(text) => set({ system_prompt: text === '' ? null : text })}
      />
      <SettingsFields settings={content.settings} onChange={(settings) => set({ settings })} />
      <details className={styles['details']}>
        <summary>{t('playground.tools', { count: tools.length - servers })}</summary>
        <ToolsField tools={tools} onChange={(next) => set({ tools: next })} />
      </details>
      <details className={styles['details']}>
        <summary>{t('playground.servers', { count: servers })}</summary>
        <McpServersField tools={tools} hasTokens onChange={(next) => set({ tools: next })} />
      </details>
      <details className={styles['details']}>
        <summary>{t('playground.messages', { count: messages.length })}</summary>
        <MessagesField messages={messages} onChange={(next) => set({ messages: next })} />
      </details>
      <details className={styles['details']} open={content.output_schema !== null}>
        <summary>{t('playground.output')}</summary>
        <SchemaField
          label={t('content.schema')}
          hint={t('content.schema.hint')}
          schema={content.output_schema}
          onChange={(schema) => set({ output_schema: schema })}
        />
      </details>
    </section>
  );
}
