import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/http.ts';
import { type Prompt, readPrompt, savePrompt } from '../api/content/prompts.ts';
import { contentLines } from '../content/content.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog/dialog.tsx';
import { DiffView } from '../ui/editor/diff-view.tsx';
import { Field } from '../ui/field.tsx';
import { draftOf, editOf, hasNewContent, type PromptDraft } from './prompt-draft.ts';
import styles from './prompts.module.css';

interface Props {
  /** The version that was edited. */
  base: Prompt;
  draft: PromptDraft;
  onClose: () => void;
  onSaved: (prompt: Prompt) => void;
  /** The draft is given up for the version of another user. */
  onDiscard: (theirs: Prompt) => void;
}

/**
 * Shows what saving changes, then saves. Where another user saved in the meantime, it shows the difference to their version, and saves over it only
 * when the user says so.
 */
export function SaveDialog({ base, draft, onClose, onSaved, onDiscard }: Props) {
  const [note, setNote] = useState('');
  const [isDefault, setIsDefault] = useState(true);
  /** The prompt as another user saved it. */
  const [theirs, setTheirs] = useState<Prompt | null>(null);
  const client = useQueryClient();
  const against = theirs ?? base;
  const makesVersion = hasNewContent(draft, draftOf(against));

  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      savePrompt(base.id, against.etag, {
        ...editOf(draft, draftOf(against)),
        ...(makesVersion && { set_default: isDefault, ...(note.trim() !== '' && { note: note.trim() }) }),
      }),
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: ['prompts'] });
      onSaved(saved);
    },
    onError: async (refusal) => {
      if (isOutdated(refusal)) setTheirs(await readLatest(base.id));
    },
  });

  return (
    <Dialog
      title={t('prompts.save.title')}
      isOpen
      onClose={onClose}
      actions={
        <>
          {theirs && <Button onClick={() => onDiscard(theirs)}>{t('prompts.conflict.discard')}</Button>}
          <Button onClick={onClose}>{t('dialog.back')}</Button>
          <Button kind="primary" disabled={isPending} onClick={() => mutate()}>
            {theirs
              ? t('prompts.conflict.save', { version: theirs.version })
              : t(makesVersion ? 'prompts.save.version' : 'prompts.save')}
          </Button>
        </>
      }
    >
      {theirs && (
        <p className={styles['conflict']} role="alert">
          {t('prompts.conflict', { version: theirs.version })}
        </p>
      )}
      {error && !isOutdated(error) && (
        <p className={styles['fault']} role="alert" translate="no">
          {error.message}
        </p>
      )}
      <DiffView
        label={t('prompts.diff', { from: against.version, to: t('prompts.diff.mine') })}
        before={contentLines(draftOf(against).content)}
        after={contentLines(draft.content)}
        language="jinja"
      />
      {makesVersion && (
        <>
          <Field label={t('prompts.note')}>
            <input value={note} maxLength={1_024} onChange={({ target }) => setNote(target.value)} />
          </Field>
          <label className={styles['choice']}>
            <input
              type="checkbox"
              checked={isDefault}
              onChange={({ target }) => setIsDefault(target.checked)}
            />
            {t('prompts.save.default')}
          </label>
        </>
      )}
    </Dialog>
  );
}

/** The prompt changed since it was read: 412, or 409 where both saved at once. */
function isOutdated(error: Error): boolean {
  return error instanceof ApiError && (error.status === 412 || error.status === 409);
}

async function readLatest(id: string): Promise<Prompt> {
  const { latest_version: latest } = await readPrompt(id, undefined);
  return readPrompt(id, latest);
}
