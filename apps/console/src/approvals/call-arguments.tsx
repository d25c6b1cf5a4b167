import { useId, useMemo, useState } from 'react';
import type { Approval } from '../api/approvals.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { DiffView } from '../ui/editor/diff-view.tsx';
import { indented, objectOf } from '../ui/editor/exact-json.ts';
import { TextEditor } from '../ui/editor/text-editor.tsx';
import { formOf } from '../ui/schema-form/form-field.ts';
import { SchemaControls } from '../ui/schema-form/schema-controls.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { TextBlock } from '../ui/text/text-block.tsx';
import styles from './approvals.module.css';

type View = 'form' | 'json' | 'diff';

interface Props {
  approval: Approval;
  /** The text that is edited; null: the arguments are only shown. */
  draft: string | null;
  onDraft: (text: string) => void;
  /** Whether the form has a text that is no value: it must be mended there. */
  isFaulty?: boolean;
  /** Edits with the arguments of the earlier edit. */
  onReuse?: ((text: string) => void) | undefined;
}

/**
 * The arguments of a call as a form, as JSON, and beside earlier ones: those that the model proposed, and those of the last edit of the same tool. What a form
 * cannot show is edited as JSON.
 */
export function CallArguments({ approval, draft, onDraft, isFaulty = false, onReuse }: Props) {
  const form = useMemo(() => formOf(approval.parameters), [approval.parameters]);
  const value = draft === null ? null : objectOf(draft);
  const canForm = draft === null || (form !== null && value !== null);
  const comparisons = comparisonsOf(approval, draft);
  const [chosen, setChosen] = useState<View>(approval.earlier && !approval.decision ? 'diff' : 'form');
  const isEditing = draft !== null;
  const [wasEditing, setWasEditing] = useState(isEditing);
  if (isEditing !== wasEditing) {
    setWasEditing(isEditing);
    if (chosen === 'diff') setChosen('form');
  }
  const isPossible = chosen === 'diff' ? comparisons.length > 0 : chosen === 'json' || canForm;
  const shown = isPossible ? chosen : canForm ? 'form' : 'json';
  return (
    <Tabs
      label={t('call.arguments')}
      shown={shown}
      onShow={setChosen}
      tabs={[
        {
          name: 'form',
          label: t('form.view.form'),
          isDisabled: !canForm,
          content:
            draft !== null && form && value ? (
              <SchemaControls
                field={form}
                value={value}
                onChange={(next) => onDraft(JSON.stringify(next, null, 2))}
              />
            ) : (
              <TextBlock text={approval.arguments} name={`${approval.id}.json`} />
            ),
        },
        {
          name: 'json',
          label: t('form.view.json'),
          isDisabled: isFaulty,
          content:
            draft === null ? (
              <Raw text={indented(approval.arguments)} />
            ) : (
              <TextEditor
                label={t('form.json', { label: t('call.arguments') })}
                language="json"
                rows={6}
                value={draft}
                onChange={onDraft}
              />
            ),
        },
        {
          name: 'diff',
          label: t('approval.view.diff'),
          isDisabled: isFaulty || comparisons.length === 0,
          content: comparisons.map(({ label, before, after, reuse }) => (
            <Comparison key={label} label={label} before={before} after={after}>
              {reuse && onReuse && (
                <Button kind="quiet" onClick={() => onReuse(before)}>
                  {t('approval.reuse')}
                </Button>
              )}
            </Comparison>
          )),
        },
      ]}
    />
  );
}

interface Compared {
  label: string;
  before: string;
  after: string;
  /** Whether `before` is an earlier edit, which may be taken again. */
  reuse?: boolean;
}

function comparisonsOf(approval: Approval, draft: string | null): Compared[] {
  const { arguments: args, proposed_arguments: proposed, earlier } = approval;
  const now = indented(args);
  const compared: Compared[] = [];
  if (draft !== null && draft !== now)
    compared.push({ label: t('approval.diff.draft'), before: now, after: draft });
  if (proposed !== null && proposed !== args)
    compared.push({ label: t('approval.diff.edited'), before: indented(proposed), after: now });
  if (earlier?.arguments)
    compared.push({
      label: t('approval.diff.earlier', { by: earlier.decided_by }),
      before: indented(earlier.arguments),
      after: proposed === null ? now : indented(proposed),
      reuse: true,
    });
  return compared;
}

function Comparison({ label, before, after, children }: Compared & { children: React.ReactNode }) {
  const id = useId();
  return (
    <section className={styles['comparison']} aria-labelledby={id}>
      <div className={styles['comparisonHead']}>
        <h4 id={id}>{label}</h4>
        {children}
      </div>
      <DiffView label={label} before={before} after={after} language="json" />
    </section>
  );
}

function Raw({ text }: { text: string }) {
  return (
    <pre className={styles['raw']} translate="no" tabIndex={0}>
      {text}
    </pre>
  );
}
