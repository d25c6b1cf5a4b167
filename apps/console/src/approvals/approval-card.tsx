import { CommentIcon, PencilIcon, ShieldIcon, XIcon, CheckIcon } from '@primer/octicons-react';
import { useState } from 'react';
import type { WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { TextBlock } from '../ui/text-block.tsx';
import styles from './approval-card.module.css';
import { jsonFault } from './json-fault.ts';
import { useDecide, type Action } from './decide.ts';

/** A call that waits: what it would do, and the four answers. Where another person decides first, the card shows their decision. */
export function ApprovalCard({ id, request }: { id: string; request: WireItem }) {
  const [editor, setEditor] = useState<'edit' | 'feedback' | null>(null);
  const [args, setArgs] = useState(() => indented(request.arguments ?? '{}'));
  const [message, setMessage] = useState('');
  const { decide, decision, error, isDeciding } = useDecide(id);
  const fault = editor === 'edit' ? jsonFault(args) : null;

  const answer = (action: Action) =>
    decide({
      action,
      ...(action === 'edit' && { arguments: JSON.parse(args) as unknown }),
      ...(message.trim() !== '' && action !== 'accept' && { message }),
    });

  return (
    <article className={styles['card']} aria-label={t('approval.title')}>
      <header className={styles['head']}>
        <ShieldIcon />
        <h3>{t('approval.title')}</h3>
        <code translate="no">{request.name}</code>
      </header>
      {decision ? (
        <p className={styles['decided']}>
          {t(`approval.was.${decision.action}`, { by: decision.decided_by })}
        </p>
      ) : (
        <>
          {editor === 'edit' ? (
            <Field label={t('call.arguments')}>
              <textarea
                rows={8}
                value={args}
                spellCheck={false}
                aria-invalid={fault !== null}
                className={styles['json'] ?? ''}
                onChange={(event) => setArgs(event.target.value)}
              />
            </Field>
          ) : (
            <TextBlock text={request.arguments ?? ''} name={`${id}.json`} />
          )}
          {fault && (
            <p className={styles['fault']} role="alert">
              {t('approval.fault', { line: fault.line, column: fault.column, why: fault.why })}
            </p>
          )}
          {editor === 'feedback' && (
            <Field label={t('approval.feedback.label')}>
              <textarea rows={3} value={message} onChange={(event) => setMessage(event.target.value)} />
            </Field>
          )}
          {error && (
            <p className={styles['fault']} role="alert" translate="no">
              {error.message}
            </p>
          )}
          <footer className={styles['actions']}>
            {editor === null ? (
              <>
                <Button
                  kind="primary"
                  icon={<CheckIcon />}
                  disabled={isDeciding}
                  onClick={() => answer('accept')}
                >
                  {t('approval.accept')}
                </Button>
                <Button icon={<PencilIcon />} disabled={isDeciding} onClick={() => setEditor('edit')}>
                  {t('approval.edit')}
                </Button>
                <Button icon={<CommentIcon />} disabled={isDeciding} onClick={() => setEditor('feedback')}>
                  {t('approval.feedback')}
                </Button>
                <Button kind="danger" icon={<XIcon />} disabled={isDeciding} onClick={() => answer('reject')}>
                  {t('approval.reject')}
                </Button>
              </>
            ) : (
              <>
                <Button
                  kind="primary"
                  icon={<CheckIcon />}
                  disabled={isDeciding || fault !== null || (editor === 'feedback' && message.trim() === '')}
                  onClick={() => answer(editor)}
                >
                  {t(editor === 'edit' ? 'approval.edit.run' : 'approval.feedback.send')}
                </Button>
                <Button onClick={() => setEditor(null)}>{t('approval.back')}</Button>
              </>
            )}
          </footer>
        </>
      )}
    </article>
  );
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
