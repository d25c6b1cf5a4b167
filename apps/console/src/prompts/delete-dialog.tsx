import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { deletePrompt, type Prompt } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog/dialog.tsx';
import styles from './prompts.module.css';

/** Deletes a prompt with its versions, after a question. */
export function DeleteDialog({ prompt, onClose }: { prompt: Prompt; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => deletePrompt(prompt.id, prompt.etag),
    onSuccess: async () => {
      await navigate({ to: '/prompts' });
      client.removeQueries({ queryKey: ['prompt', prompt.id] });
      await client.invalidateQueries({ queryKey: ['prompts'] });
    },
  });
  return (
    <Dialog
      title={t('prompts.delete.title')}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('prompts.save.back')}</Button>
          <Button kind="danger" disabled={isPending} onClick={() => mutate()}>
            {t('prompts.delete.confirm')}
          </Button>
        </>
      }
    >
      <p>{t('prompts.delete.more', { name: prompt.name, count: Number(prompt.latest_version) })}</p>
      {error && (
        <p className={styles['fault']} role="alert" translate="no">
          {error.message}
        </p>
      )}
    </Dialog>
  );
}
