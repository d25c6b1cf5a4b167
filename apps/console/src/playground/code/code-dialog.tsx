import { CheckIcon, CopyIcon } from '@primer/octicons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JsonObject } from '../../api/content/prompts.ts';
import { hasLogin } from '../../api/session.ts';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Failure, Loading } from '../../ui/page-states.tsx';
import { createOf, type Draft } from '../draft/draft.ts';
import styles from './code.module.css';
import { type CodeDialect, codeDialects, dialectRequest } from './dialect-request.ts';
import { type CodeLanguage, codeLanguages, keyVariable, snippet } from './snippets.ts';

interface Props {
  draft: Draft;
  /** The draft's context and message, as items. */
  items: readonly JsonObject[];
  onClose: () => void;
}

/** Where the draft has no message yet, so that the program still runs. */
const anyMessage = { role: 'user', content: 'Hello' };

/** The draft as a program in a dialect and a language, to copy. */
export function CodeDialog({ draft, items, onClose }: Props) {
  const [dialect, setDialect] = useState<CodeDialect>('openai');
  const [language, setLanguage] = useState<CodeLanguage>('curl');
  const [isCopied, setIsCopied] = useState(false);
  const namesPrompts = dialect === 'openai' || dialect === 'codex';
  const create = useQuery({
    queryKey: ['code', draft, namesPrompts],
    queryFn: () => createOf(draft, !namesPrompts),
    gcTime: 0,
  });
  const needsKey = hasLogin();
  const request = create.data && dialectRequest(dialect, withItems(create.data, items));
  const text = request && snippet(language, request, { origin: location.origin, needsKey });

  const copy = async () => {
    await navigator.clipboard.writeText(text ?? '');
    setIsCopied(true);
  };
  return (
    <Dialog
      title={t('code.title')}
      isOpen
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          icon={isCopied ? <CheckIcon /> : <CopyIcon />}
          disabled={text === undefined}
          onClick={() => void copy()}
        >
          {t(isCopied ? 'code.copied' : 'code.copy')}
        </Button>
      }
    >
      <div className={styles['choices']}>
        <Field label={t('code.language')}>
          <select
            value={language}
            onChange={({ target }) => {
              setLanguage(target.value as CodeLanguage);
              setIsCopied(false);
            }}
          >
            {codeLanguages.map((name) => (
              <option key={name} value={name}>
                {t(`code.language.${name}`)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t('code.dialect')}>
          <select
            value={dialect}
            onChange={({ target }) => {
              setDialect(target.value as CodeDialect);
              setIsCopied(false);
            }}
          >
            {codeDialects.map((name) => (
              <option key={name} value={name} translate="no">
                {name}
              </option>
            ))}
          </select>
        </Field>
      </div>
      {create.isPending && <Loading rows={4} />}
      {create.isError && <Failure error={create.error} />}
      {request && (
        <>
          {request.leftOut.length > 0 && (
            <p className={styles['leftOut']}>{t('code.leftOut', { fields: request.leftOut.join(', ') })}</p>
          )}
          <pre className={styles['text']} tabIndex={0} translate="no" aria-label={t('code.title')}>
            {text}
          </pre>
          {needsKey && <p className={styles['note']}>{t('code.key', { variable: keyVariable })}</p>}
        </>
      )}
    </Dialog>
  );
}

function withItems({ fields, input }: Awaited<ReturnType<typeof createOf>>, items: readonly JsonObject[]) {
  const all = [...input, ...items];
  // A prompt has messages of its own.
  return { ...fields, input: all.length > 0 || 'prompt' in fields ? all : [anyMessage] };
}
