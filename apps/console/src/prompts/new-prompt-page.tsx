import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createPrompt } from '../api/content/prompts.ts';
import { useCheckedContent } from '../content/use-checked.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { editOf, newDraft, useKeptDraft } from './prompt-draft.ts';
import { PromptForm } from './prompt-form.tsx';
import { PromptPreview } from './prompt-preview.tsx';
import styles from './prompts.module.css';

/** A prompt that is not saved yet. */
export function NewPromptPage() {
  const [empty] = useState(newDraft);
  const { draft, change, forget } = useKeptDraft('new', empty);
  const checked = useCheckedContent(draft.content);
  const { hasFaults, report } = useFaults();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => createPrompt(editOf(draft, null)),
    onSuccess: ({ id }) => {
      forget();
      void client.invalidateQueries({ queryKey: ['prompts'] });
      void navigate({ to: '/prompts/$id', params: { id } });
    },
  });
  return (
    <FaultyFields value={report}>
      <div className={styles['page']}>
        <PageHead title={t('prompts.new')} />
        <div className={styles['editor']}>
          <div className={styles['edited']}>
            <PromptForm draft={draft} onChange={change} error={checked.error} />
            <footer className={styles['save']}>
              {error && (
                <p className={styles['fault']} role="alert" translate="no">
                  {error.message}
                </p>
              )}
              <Button
                kind="primary"
                disabled={isPending || hasFaults || draft.name.trim() === ''}
                onClick={() => mutate()}
              >
                {t('prompts.create')}
              </Button>
            </footer>
          </div>
          <PromptPreview content={draft.content} variables={checked.data ?? []} />
        </div>
      </div>
    </FaultyFields>
  );
}
