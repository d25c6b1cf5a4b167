import { CheckIcon, CommentIcon, PencilIcon, XIcon } from '@primer/octicons-react';
import { useEffect, useRef, useState } from 'react';
import type { Action, Approval } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { indented } from '../ui/editor/exact-json.ts';
import { jsonFault } from '../ui/editor/json-fault.ts';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { Fault } from '../ui/fault.tsx';
import { Field } from '../ui/field.tsx';
import { Time } from '../ui/text/time.tsx';
import styles from './approvals.module.css';
import { CallArguments } from './call-arguments.tsx';
import { useDecide } from './decide.ts';
import { type Answering, useDecisionKeys } from './decision-keys.ts';
import { decisionText } from './decision-text.ts';

interface Props {
  approval: Approval;
  /** Whether the keys `a e r f` answer it. */
  hasKeys?: boolean;
  onDecided?: () => void;
}

/** The arguments of a call and the four answers to it; or the answer that it got, from this user or another. */
export function DecisionForm({ approval, hasKeys = false, onDecided }: Props) {
  const [answering, setAnswering] = useState<Answering>(null);
  const [draft, setDraft] = useState(() => indented(approval.arguments));
  const { hasFaults, report } = useFaults();
  const [message, setMessage] = useState('');
  const { mutate, data, error, isPending } = useDecide(approval.id);
  const form = useRef<HTMLFormElement>(null);
  const decided = data?.approval ?? approval;
  const { decision } = decided;
  const cannotSend =
    isPending ||
    (answering === 'edit' && (hasFaults || jsonFault(draft) !== null)) ||
    (answering === 'feedback' && message.trim() === '');

  const answer = (action: Action) =>
    mutate(
      {
        action,
        ...(action === 'edit' && { arguments: draft }),
        ...((action === 'reject' || action === 'feedback') && message.trim() !== '' && { message }),
      },
      { onSuccess: () => onDecided?.() },
    );
  useDecisionKeys(hasKeys && !decision && answering === null && !isPending, {
    a: () => answer('accept'),
    e: () => setAnswering('edit'),
    f: () => setAnswering('feedback'),
    r: () => setAnswering('reject'),
  });
  useEffect(() => {
    if (answering === 'edit') form.current?.querySelector<HTMLElement>('textarea, input, select')?.focus();
  }, [answering]);

  if (decision)
    return (
      <div className={styles['form']}>
        <div className={styles['decided']} data-action={decision.action}>
          <p>
            {data?.isLost && `${t('approval.lost')} `}
            {decisionText(decision.action, decision.decided_by)} <Time iso={decision.decided_at} />
          </p>
          {decision.message && (
            <p className={styles['text']} translate="no">
              {decision.message}
            </p>
          )}
        </div>
        <CallArguments approval={decided} draft={null} onDraft={setDraft} />
      </div>
    );
  return (
    <form
      ref={form}
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (answering && !cannotSend) answer(answering);
      }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Escape' && answering) setAnswering(null);
        else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
        else return;
        event.preventDefault();
      }}
    >
      <FaultyFields value={report}>
        <CallArguments
          approval={approval}
          draft={answering === 'edit' ? draft : null}
          onDraft={setDraft}
          isFaulty={hasFaults}
          onReuse={(text) => {
            setDraft(text);
            setAnswering('edit');
          }}
        />
      </FaultyFields>
      {(answering === 'feedback' || answering === 'reject') && (
        <Field label={t(answering === 'feedback' ? 'approval.feedback.label' : 'approval.reject.label')}>
          <textarea rows={3} autoFocus value={message} onChange={(event) => setMessage(event.target.value)} />
        </Field>
      )}
      <Fault error={error} />
      <footer className={styles['actions']}>
        {answering === null ? (
          <Answers isDeciding={isPending} onAccept={() => answer('accept')} onChoose={setAnswering} />
        ) : (
          <>
            <Button
              kind={answering === 'reject' ? 'danger' : 'primary'}
              icon={answering === 'reject' ? <XIcon /> : <CheckIcon />}
              type="submit"
              disabled={cannotSend}
            >
              {t(`approval.send.${answering}`)}
            </Button>
            <Button onClick={() => setAnswering(null)}>{t('approval.back')}</Button>
          </>
        )}
      </footer>
    </form>
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
