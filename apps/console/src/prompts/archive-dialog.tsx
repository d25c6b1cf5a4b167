import { useMutation, useQueryClient } from '@tanstack/react-query';
import { archiveVersion, type Prompt } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { ConfirmDialog } from '../ui/dialog/confirm-dialog.tsx';

interface Props {
  prompt: Prompt;
  version: string;
  onClose: () => void;
}

/** Archives a version of a prompt, after a question: there is no way back. */
export function ArchiveDialog({ prompt: { id, etag }, version, onClose }: Props) {
  const client = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => archiveVersion(id, etag, version),
    onSuccess: onClose,
    // After a refusal because of another change, too: the next attempt is about the prompt as it is then.
    onSettled: () => client.invalidateQueries({ queryKey: ['prompt', id] }),
  });
  return (
    <ConfirmDialog
      title={t('prompts.archive.title', { version })}
      confirm={t('prompts.archive')}
      isPending={isPending}
      error={error}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      {t('prompts.archive.more')}
    </ConfirmDialog>
  );
}
