import { CheckIcon, CommentIcon, PencilIcon, XIcon } from '@primer/octicons-react';
import { useState } from 'react';
import type { Action, Approval } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { TextBlock } from '../ui/text-block.tsx';
import { Time } from '../ui/time.tsx';
import styles from './approvals.module.css';
import { decisionText } from './decision-text.ts';
import { jsonFault } from '../ui/editor/json-fault.ts';
import { useDecide } from './decide.ts';
import { type Answering, useDecisionKeys } from './decision-keys.ts';

interface Props {
  approval: Approval;
  /** Whether the keys `a e r f` answer it. */
  hasKeys?: boolean;
  onDecided?: () => void;
}

/** The arguments of a call and the four answers to it; or the answer that it got, from this user or another. */
export function DecisionForm({ approval, hasKeys = false, onDecided }: Props) {
  const [answering, setAnswering] = useState<Answering>(null);
  const [args, setArgs] = useState(() => indented(approval.arguments));
  const [message, setMessage] = useState('');
  const { mutate, data, error, isPending } = useDecide(approval.id);
  const decision = data?.decision ?? approval.decision;
  const fault = answering === 'edit' ? jsonFault(args) : null;

  const answer = (action: Action) =>
    mutate(
      {
        action,
        ...(action === 'edit' && { arguments: JSON.parse(args) as unknown }),
        ...((action === 'reject' || action === 'feedback') && message.trim() !== '' && { message }),
      },
      { onSuccess: () => onDecided?.() },
    );
  useDecisionKeys(hasKeys && !decision && answering === null, {
    a: () => answer('accept'),
    e: () => setAnswering('edit'),
    f: () => setAnswering('feedback'),
    r: () => setAnswering('reject'),
  });

  if (decision)
    return (
      <>
        <TextBlock text={approval.arguments} name={`${approval.id}.json`} />
        <p className={styles['decided']}>
          {decisionText(decision.action, decision.decided_by)} <Time iso={decision.decided_at} />
        </p>
        {decision.message && <p translate="no">{decision.message}</p>}
      </>
    );
  return (
    <>
      {answering === 'edit' ? (
        <>
          <Field label={t('call.arguments')}>
            <textarea
              rows={8}
              value={args}
              spellCheck={false}
              aria-invalid={fault !== null}
              className={styles['json']}
              onChange={(event) => setArgs(event.target.value)}
            />
          </Field>
          {fault && (
            <p className={styles['fault']} role="alert">
              {t('approval.fault', { line: fault.line, column: fault.column, why: fault.why })}
            </p>
          )}
        </>
      ) : (
        <TextBlock text={approval.arguments} name={`${approval.id}.json`} />
      )}
      {(answering === 'feedback' || answering === 'reject') && (
        <Field label={t(answering === 'feedback' ? 'approval.feedback.label' : 'approval.reject.label')}>
          <textarea rows={3} autoFocus value={message} onChange={(event) => setMessage(event.target.value)} />
        </Field>
      )}
      {error && (
        <p className={styles['fault']} role="alert" translate="no">
          {error.message}
        </p>
      )}
      <footer className={styles['actions']}>
        {answering === null ? (
          <Answers isDeciding={isPending} onAccept={() => answer('accept')} onChoose={setAnswering} />
        ) : (
          <>
            <Button
              kind={answering === 'reject' ? 'danger' : 'primary'}
              icon={answering === 'reject' ? <XIcon /> : <CheckIcon />}
              disabled={isPending || fault !== null || (answering === 'feedback' && message.trim() === '')}
              onClick={() => answer(answering)}
            >
              {t(`approval.send.${answering}`)}
            </Button>
            <Button onClick={() => setAnswering(null)}>{t('approval.back')}</Button>
          </>
        )}
      </footer>
    </>
  );
}

interface AnswersProps {
  isDeciding: boolean;
  onAccept: () => void;
  onChoose: (answering: Answering) => void;
}

function Answers({ isDeciding, onAccept, onChoose }: AnswersProps) {
  return (
    <>
      <Button kind="primary" icon={<CheckIcon />} disabled={isDeciding} onClick={onAccept}>
        {t('approval.accept')}
      </Button>
      <Button icon={<PencilIcon />} disabled={isDeciding} onClick={() => onChoose('edit')}>
        {t('approval.edit')}
      </Button>
      <Button icon={<CommentIcon />} disabled={isDeciding} onClick={() => onChoose('feedback')}>
        {t('approval.feedback')}
      </Button>
      <Button kind="danger" icon={<XIcon />} disabled={isDeciding} onClick={() => onChoose('reject')}>
        {t('approval.reject')}
      </Button>
    </>
  );
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
