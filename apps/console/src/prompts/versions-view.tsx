import { ArchiveIcon, CheckIcon, PencilIcon } from '@primer/octicons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import {
  type Prompt,
  setDefaultVersion,
  usePrompt,
  useVersions,
  type VersionFields,
} from '../api/content/prompts.ts';
import { contentLines, contentOf } from '../content/content.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { DiffView } from '../ui/editor/diff-view.tsx';
import { Field } from '../ui/field.tsx';
import { Failure, Loading } from '../ui/page-states.tsx';
import { Time } from '../ui/text/time.tsx';
import { ArchiveDialog } from './archive-dialog.tsx';
import styles from './prompts.module.css';

interface Props {
  prompt: Prompt;
  /** The version that is shown; by default the newest. */
  version: string | undefined;
  /** The version that it is compared with; by default the one before. */
  base: string | undefined;
}

/** The versions of a prompt, newest first, and what one of them changed. */
export function VersionsView({ prompt, version = prompt.latest_version, base }: Props) {
  const versions = useVersions(prompt.id);
  if (versions.isPending) return <Loading rows={4} />;
  if (versions.isError) return <Failure error={versions.error} retry={() => void versions.refetch()} />;
  const rows = versions.data.pages.flatMap(({ data }) => data);
  return (
    <div className={styles['versions']}>
      <div>
        <ul className={styles['versionRows']}>
          {rows.map((row) => (
            <li key={row.version}>
              <VersionRow id={prompt.id} row={row} isChosen={row.version === version} />
            </li>
          ))}
        </ul>
        {versions.hasNextPage && (
          <Button className={styles['more'] ?? ''} onClick={() => void versions.fetchNextPage()}>
            {t('list.more')}
          </Button>
        )}
      </div>
      <Comparison prompt={prompt} version={version} base={base ?? String(Math.max(1, Number(version) - 1))} />
    </div>
  );
}

function VersionRow({ id, row, isChosen }: { id: string; row: VersionFields; isChosen: boolean }) {
  return (
    <Link
      to="/prompts/$id"
      params={{ id }}
      search={{ tab: 'versions', version: row.version }}
      className={styles['versionRow'] ?? ''}
      data-chosen={isChosen}
    >
      <span>
        {t(row.is_default ? 'prompts.version.default' : 'prompts.version', { version: row.version })}
        {row.archived_at !== null && <span className={styles['tag']}>{t('prompts.archived')}</span>}
      </span>
      <Time iso={new Date(row.version_created_at * 1_000).toISOString()} className={styles['facts'] ?? ''} />
      {row.note && (
        <span className={styles['facts']} translate="no">
          {row.note}
        </span>
      )}
    </Link>
  );
}

function Comparison({ prompt, version, base }: { prompt: Prompt; version: string; base: string }) {
  const { id, etag } = prompt;
  const shown = usePrompt(id, version);
  const before = usePrompt(id, base);
  const navigate = useNavigate();
  const client = useQueryClient();
  const makeDefault = useMutation({
    mutationFn: () => setDefaultVersion(id, etag, version),
    onSettled: () => client.invalidateQueries({ queryKey: ['prompt', id] }),
  });
  const [isArchiving, setIsArchiving] = useState(false);
  const canRun = shown.data?.archived_at === null;
  const numbers = Array.from({ length: Number(prompt.latest_version) }, (_, index) => String(index + 1));
  const failure = shown.error ?? before.error ?? makeDefault.error;
  return (
    <section className={styles['comparison']} aria-label={t('prompts.diff', { from: base, to: version })}>
      <header className={styles['comparisonHead']}>
        <Field label={t('prompts.base')}>
          <select
            value={base}
            onChange={({ target }) =>
              void navigate({
                to: '/prompts/$id',
                params: { id },
                search: { tab: 'versions', version, base: target.value },
              })
            }
          >
            {numbers.map((number) => (
              <option key={number} value={number}>
                {t('prompts.version', { version: number })}
              </option>
            ))}
          </select>
        </Field>
        <div className={styles['actions']}>
          <Link to="/prompts/$id" params={{ id }} search={{ version }} className={styles['link'] ?? ''}>
            <PencilIcon />
            {t('prompts.editFrom')}
          </Link>
          {version !== prompt.default_version && canRun && (
            <>
              <Button
                icon={<CheckIcon />}
                disabled={makeDefault.isPending}
                onClick={() => makeDefault.mutate()}
              >
                {t('prompts.setDefault')}
              </Button>
              <Button icon={<ArchiveIcon />} onClick={() => setIsArchiving(true)}>
                {t('prompts.archive')}
              </Button>
            </>
          )}
        </div>
      </header>
      {isArchiving && (
        <ArchiveDialog prompt={prompt} version={version} onClose={() => setIsArchiving(false)} />
      )}
      {failure && <Failure error={failure} />}
      {shown.data && before.data && (
        <DiffView
          label={t('prompts.diff', { from: base, to: version })}
          before={version === base ? '' : contentLines(contentOf(before.data))}
          after={contentLines(contentOf(shown.data))}
          language="jinja"
        />
      )}
    </section>
  );
}
