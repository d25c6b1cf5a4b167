import { BookmarkIcon, CodeIcon } from '@primer/octicons-react';
import { useState } from 'react';
import type { JsonObject } from '../../api/content/prompts.ts';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { CodeDialog } from '../code/code-dialog.tsx';
import { type Draft, draftOfPrompt } from './draft.ts';
import { SaveAsPrompt } from './save-as-prompt.tsx';

interface Props {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  items: readonly JsonObject[];
}

/** What can be made of the draft besides a run: code, and a prompt. */
export function DraftActions({ draft, change, items }: Props) {
  const [open, setOpen] = useState<'code' | 'prompt' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Button icon={<CodeIcon />} onClick={() => setOpen('code')}>
        {t('playground.code')}
      </Button>
      <Button icon={<BookmarkIcon />} onClick={() => setOpen('prompt')}>
        {t('playground.save')}
      </Button>
      {open === 'code' && <CodeDialog draft={draft} items={items} onClose={close} />}
      {open === 'prompt' && (
        <SaveAsPrompt
          draft={draft}
          onClose={close}
          onSaved={(prompt) => {
            close();
            const { variables } = draft;
            change({ ...draftOfPrompt(prompt), variables });
          }}
        />
      )}
    </>
  );
}
