import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createPrompt, type Prompt } from '../../api/content/prompts.ts';
import { contentLines } from '../../content/content.ts';
import { withoutCredentials } from '../../content/tools.ts';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { TextBlock } from '../../ui/text/text-block.tsx';
import type { Draft } from './draft.ts';

interface Props {
  draft: Draft;
  onClose: () => void;
  onSaved: (prompt: Prompt) => void;
}

/** Saves the settings and messages of the draft as a new prompt. The text of the composer is added as a message where the user says so. */
export function SaveAsPrompt({ draft, onClose, onSaved }: Props) {
  const [name, setName] = useState('');
  const [hasMessage, setHasMessage] = useState(false);
  const client = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => createPrompt({ name: name.trim(), ...content }),
    onSuccess: (prompt) => {
      void client.invalidateQueries({ queryKey: ['prompts'] });
      onSaved(prompt);
    },
  });
  const message = draft.message.trim();
  const content = {
    ...draft.content,
    tools: withoutCredentials(draft.content.tools),
    messages: [
      ...draft.content.messages,
      ...(hasMessage ? [{ role: 'user' as const, content: message }] : []),
    ],
  };
  return (
    <Dialog
      title={t('playground.save')}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('dialog.back')}</Button>
          <Button kind="primary" disabled={isPending || name.trim() === ''} onClick={() => mutate()}>
            {t('prompts.create')}
          </Button>
        </>
      }
    >
      <Field label={t('prompts.name')}>
        <input value={name} maxLength={256} onChange={({ target }) => setName(target.value)} />
      </Field>
      {message !== '' && (
        <label>
          <input
            type="checkbox"
            checked={hasMessage}
            onChange={({ target }) => setHasMessage(target.checked)}
          />{' '}
          {t('playground.save.message')}
        </label>
      )}
      <TextBlock text={contentLines(content)} name="prompt.txt" isPartial />
      {draft.context.length > 0 && <p>{t('playground.save.context')}</p>}
      {error && (
        <p role="alert" translate="no">
          {error.message}
        </p>
      )}
    </Dialog>
  );
}
