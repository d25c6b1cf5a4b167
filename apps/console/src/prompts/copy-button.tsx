import { CopyIcon } from '@primer/octicons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { copyPrompt, type Prompt } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import styles from './prompts.module.css';

/** Makes a new prompt of the version that is shown, and opens it. */
export function CopyButton({ prompt: { id, version } }: { prompt: Prompt }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => copyPrompt(id, version),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['prompts'] });
      void navigate({ to: '/prompts/$id', params: { id: made.id } });
    },
  });
  return (
    <>
      {error && (
        <p className={styles['fault']} role="alert" translate="no">
          {error.message}
        </p>
      )}
      <Button icon={<CopyIcon />} disabled={isPending} onClick={() => mutate()}>
        {t('prompts.copy')}
      </Button>
    </>
  );
}
