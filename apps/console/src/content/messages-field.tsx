import { PlusIcon, TrashIcon } from '@primer/octicons-react';
import type { ContentMessage, JsonObject } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { Button, IconButton } from '../ui/button.tsx';
import type { TextFault } from '../ui/editor/json-fault.ts';
import { JsonField } from '../ui/editor/json-field.tsx';
import { TextEditor } from '../ui/editor/text-editor.tsx';
import { Field } from '../ui/field.tsx';
import styles from './content.module.css';

const roles = ['user', 'assistant', 'system', 'developer'] as const;

interface Props {
  messages: ContentMessage[];
  onChange: (messages: ContentMessage[]) => void;
  /** The fault of a message's template, by the message's index. */
  faultAt?: (index: number) => TextFault | null;
}

/** The messages that the conversation begins with. Text is a template; content of several parts is edited as JSON. */
export function MessagesField({ messages, onChange, faultAt = () => null }: Props) {
  const set = (index: number, changed: ContentMessage | null) =>
    onChange(messages.flatMap((message, at) => (at === index ? (changed ? [changed] : []) : [message])));
  return (
    <div className={styles['group']}>
      {messages.map((message, index) => (
        <fieldset key={index} className={styles['card']}>
          <legend className="visually-hidden">{t('content.message', { number: index + 1 })}</legend>
          <div className={styles['cardHead']}>
            <Field label={t('content.role')}>
              <select
                value={message.role}
                onChange={({ target }) =>
                  set(index, { ...message, role: target.value as ContentMessage['role'] })
                }
              >
                {roles.map((role) => (
                  <option key={role} value={role} translate="no">
                    {role}
                  </option>
                ))}
              </select>
            </Field>
            <IconButton
              label={t('content.message.remove', { number: index + 1 })}
              icon={<TrashIcon />}
              onClick={() => set(index, null)}
            />
          </div>
          {typeof message.content === 'string' ? (
            <TextEditor
              label={t('content.message', { number: index + 1 })}
              language="jinja"
              rows={2}
              value={message.content}
              fault={faultAt(index)}
              onChange={(content) => set(index, { ...message, content })}
            />
          ) : (
            <JsonField
              label={t('content.message', { number: index + 1 })}
              value={message.content}
              complain={(value) => (Array.isArray(value) ? null : t('content.message.fault'))}
              onChange={(value) =>
                set(index, { ...message, content: (value as JsonObject[] | undefined) ?? '' })
              }
            />
          )}
        </fieldset>
      ))}
      <Button icon={<PlusIcon />} onClick={() => onChange([...messages, { role: 'user', content: '' }])}>
        {t('content.message.add')}
      </Button>
    </div>
  );
}
