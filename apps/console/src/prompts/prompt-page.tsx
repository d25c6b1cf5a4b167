import { PlayIcon, TrashIcon } from '@primer/octicons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { promptRoute } from '../app/router.tsx';
import { type Prompt, usePrompt } from '../api/content/prompts.ts';
import { useCheckedContent } from '../content/use-checked.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Failure, Loading } from '../ui/page-states.tsx';
import { CopyButton } from './copy-button.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { draftOf, isChanged, useKeptDraft } from './prompt-draft.ts';
import { PromptForm } from './prompt-form.tsx';
import { PromptPreview } from './prompt-preview.tsx';
import styles from './prompts.module.css';
import { SaveDialog } from './save-dialog.tsx';
import { VersionsView } from './versions-view.tsx';

/** One prompt: its editor with a live preview, and its versions. The address names the tab, the version and the base of a comparison. */
export function PromptPage() {
  const { id } = promptRoute.useParams();
  const { tab, version, base } = promptRoute.useSearch();
  const prompt = usePrompt(id, tab === 'versions' ? undefined : version);
  const [isDeleting, setIsDeleting] = useState(false);
  if (prompt.isPending) return <Loading rows={8} />;
  if (prompt.isError) return <Failure error={prompt.error} retry={() => void prompt.refetch()} />;
  const { data } = prompt;
  return (
    <div className={styles['page']}>
      <PageHead title={<span translate="no">{data.name}</span>}>
        <div className={styles['actions']}>
          <Link
            to="/playground"
            search={{ prompt: id, version: data.version }}
            className={styles['link'] ?? ''}
          >
            <PlayIcon />
            {t('prompts.try')}
          </Link>
          <CopyButton prompt={data} />
          <Button kind="danger" icon={<TrashIcon />} onClick={() => setIsDeleting(true)}>
            {t('prompts.delete')}
          </Button>
        </div>
      </PageHead>
      <nav className={styles['tabs']} aria-label={t('prompts.tabs')}>
        <Link to="/prompts/$id" params={{ id }} search={{}} data-chosen={tab !== 'versions'}>
          {t('prompts.tab.edit')}
        </Link>
        <Link to="/prompts/$id" params={{ id }} search={{ tab: 'versions' }} data-chosen={tab === 'versions'}>
          {t('prompts.tab.versions', { count: Number(data.latest_version) })}
        </Link>
      </nav>
      {tab === 'versions' ? (
        <VersionsView prompt={data} version={version} base={base} />
      ) : (
        <PromptEditor key={`${id} ${version ?? ''}`} prompt={data} />
      )}
      {isDeleting && <DeleteDialog prompt={data} onClose={() => setIsDeleting(false)} />}
    </div>
  );
}

function PromptEditor({ prompt: read }: { prompt: Prompt }) {
  /** What is edited stays what it was when the first change was typed, so that a change by another user is not overwritten unseen. */
  const [prompt, setPrompt] = useState(read);
  const saved = useMemo(() => draftOf(prompt), [prompt]);
  const { draft, change, forget } = useKeptDraft(`${prompt.id} ${prompt.version}`, saved);
  const checked = useCheckedContent(draft.content);
  const [isSaving, setIsSaving] = useState(false);
  const { hasFaults, report } = useFaults();
  const navigate = useNavigate();
  const client = useQueryClient();
  const hasChanges = isChanged(draft, saved);
  useEffect(() => {
    if (hasChanges || prompt.etag === read.etag) return;
    forget();
    setPrompt(read);
  }, [hasChanges, prompt, read, forget]);

  /** The draft is saved or given up, and the version of `next` is edited from here on. */
  const show = (next: Prompt) => {
    setIsSaving(false);
    forget();
    void client.invalidateQueries({ queryKey: ['prompt', prompt.id] });
    void navigate({ to: '/prompts/$id', params: { id: prompt.id }, search: { version: next.version } });
  };

  return (
    <FaultyFields value={report}>
      <div className={styles['editor']}>
        <div className={styles['edited']}>
          <PromptForm draft={draft} onChange={change} error={checked.error} />
          <footer className={styles['save']}>
            <span className={styles['facts']}>
              {t(prompt.is_default ? 'prompts.version.default' : 'prompts.version', {
                version: prompt.version,
              })}
            </span>
            {hasChanges && <Button onClick={forget}>{t('prompts.discard')}</Button>}
            <Button
              kind="primary"
              disabled={!hasChanges || hasFaults || draft.name.trim() === ''}
              onClick={() => setIsSaving(true)}
            >
              {t('prompts.review')}
            </Button>
          </footer>
        </div>
        <PromptPreview content={draft.content} variables={checked.data ?? prompt.variables} />
      </div>
      {isSaving && (
        <SaveDialog
          base={prompt}
          draft={draft}
          onClose={() => setIsSaving(false)}
          onSaved={show}
          onDiscard={show}
        />
      )}
    </FaultyFields>
  );
}
