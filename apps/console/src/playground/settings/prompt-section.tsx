import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Prompt, readPrompt, usePrompt, usePrompts } from '../../api/content/prompts.ts';
import { hasTemplates } from '../../content/content.ts';
import { useCheckedContent } from '../../content/use-checked.ts';
import { VariablesForm } from '../../content/variables-form.tsx';
import { t } from '../../i18n/t.ts';
import { Field } from '../../ui/field.tsx';
import { type Draft, draftOfPrompt, runsStoredVersion } from '../draft/draft.ts';
import styles from './settings-panel.module.css';

interface Props {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
}

/** The stored prompt that the draft runs, its version, and the variables of its templates. Changed settings run in its place until they are saved. */
export function PromptSection({ draft, change }: Props) {
  const { prompt } = draft;
  const prompts = usePrompts({});
  const [error, setError] = useState<Error | null>(null);
  const newest = useQuery({
    queryKey: ['prompt', prompt?.id, 'default'],
    queryFn: ({ signal }) => readPrompt(prompt?.id ?? '', undefined, signal),
    enabled: prompt !== null,
  });
  const list = prompts.data?.pages.flatMap(({ data }) => data) ?? [];
  const isListed = prompt === null || list.some(({ id }) => id === prompt.id);
  const open = (id: string, version: string | undefined) => {
    readPrompt(id, version).then((read: Prompt) => {
      setError(null);
      change(draftOfPrompt(read));
    }, setError);
  };
  const versions = Number(newest.data?.latest_version ?? prompt?.version ?? 0);
  return (
    <>
      <div className={styles['prompt']}>
        <Field label={t('playground.prompt')}>
          <select
            translate="no"
            value={prompt?.id ?? ''}
            onChange={({ target }) =>
              target.value === '' ? change({ prompt: null }) : open(target.value, undefined)
            }
          >
            <option value="">{t('playground.prompt.none')}</option>
            {!isListed && <option value={prompt.id}>{prompt.name}</option>}
            {list.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        {prompt && (
          <Field label={t('playground.prompt.version')}>
            <select value={prompt.version} onChange={({ target }) => open(prompt.id, target.value)}>
              {Array.from({ length: versions }, (_, index) => (
                <option key={index} value={index + 1}>
                  {index + 1}
                </option>
              ))}
            </select>
          </Field>
        )}
      </div>
      {prompt && (
        <p className={styles['note']}>
          {t(runsStoredVersion(draft) ? 'playground.prompt.same' : 'playground.prompt.changed')}{' '}
          <Link to="/prompts/$id" params={{ id: prompt.id }} search={{ version: prompt.version }}>
            {t('playground.prompt.open')}
          </Link>
        </p>
      )}
      {error && (
        <p className={styles['fault']} role="alert" translate="no">
          {error.message}
        </p>
      )}
      <Variables draft={draft} change={change} />
    </>
  );
}

function Variables({ draft, change }: Props) {
  const { content, variables, prompt } = draft;
  const mayTakeAny = content.input_schema !== null || hasTemplates(content);
  const isStored = runsStoredVersion(draft);
  const stored = usePrompt(isStored ? prompt?.id : undefined, prompt?.version);
  const checked = useCheckedContent(content, mayTakeAny && !isStored);
  if (!mayTakeAny) return null;
  const known = (isStored ? stored.data?.variables : checked.data) ?? [];
  return (
    <VariablesForm
      content={content}
      variables={known}
      values={variables}
      onChange={(values) => change({ variables: values })}
    />
  );
}
