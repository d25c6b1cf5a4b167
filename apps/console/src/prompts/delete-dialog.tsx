import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { deletePrompt, type Prompt } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { ConfirmDialog } from '../ui/dialog/confirm-dialog.tsx';

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
    <ConfirmDialog
      title={t('prompts.delete.title')}
      confirm={t('prompts.delete')}
      isPending={isPending}
      error={error}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      {t('prompts.delete.more', { name: prompt.name, count: Number(prompt.latest_version) })}
    </ConfirmDialog>
  );
}
