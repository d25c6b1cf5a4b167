import { PlayIcon, StopIcon } from '@primer/octicons-react';
import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useMe } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { objectOf } from '../ui/arguments-form/arguments-text.ts';
import { ArgumentsForm } from '../ui/arguments-form/arguments-form.tsx';
import { firstArguments, formOf } from '../ui/arguments-form/form-field.ts';
import { Button } from '../ui/button.tsx';
import { jsonFault } from '../ui/editor/json-fault.ts';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { TextEditor } from '../ui/editor/text-editor.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { type Tool, useTryTool } from './tools-api.ts';
import styles from './tools.module.css';
import { TrialResult } from './trial-result.tsx';

/** Calls a tool with arguments from a form of its schema or as JSON, where the user may. What was typed stays, also when the call fails. */
export function TryForm({ tool }: { tool: Tool }) {
  const me = useMe();
  return (
    <section className={styles['part']}>
      <h3>{t('tools.try')}</h3>
      {me.data && !me.data.permissions.try_tools && <p className={styles['hint']}>{t('tools.try.scope')}</p>}
      {me.data?.permissions.try_tools && <Form tool={tool} />}
    </section>
  );
}

type View = 'form' | 'json';

function Form({ tool }: { tool: Tool }) {
  const { name, parameters, needs_approval: needsApproval } = tool;
  const form = useMemo(() => formOf(parameters), [parameters]);
  const [draft, setDraft] = useState(() => JSON.stringify(firstArguments(parameters), null, 2));
  const [view, setView] = useState<View>('form');
  const { hasFaults, report } = useFaults();
  const { mutate, data, error, isPending } = useTryTool(name);
  const call = useRef<AbortController>(null);
  useEffect(() => () => call.current?.abort(), []);

  const value = useMemo(() => objectOf(draft), [draft]);
  const isInexact = value === null && jsonFault(draft) === null;
  const canForm = form !== null && value !== null;
  const canSend = value !== null && !hasFaults && !isPending;
  const send = () => {
    if (!canSend) return;
    call.current = new AbortController();
    mutate({ args: value, signal: call.current.signal });
  };
  const sendByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className={styles['part']}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={sendByKey}
    >
      {needsApproval && <p className={styles['warning']}>{t('tools.try.unasked')}</p>}
      <FaultyFields value={report}>
        <Tabs
          label={t('call.arguments')}
          shown={canForm ? view : 'json'}
          onShow={setView}
          tabs={[
            {
              name: 'form',
              label: t('arguments.view.form'),
              isDisabled: !canForm,
              content: canForm && (
                <ArgumentsForm
                  field={form}
                  value={value}
                  onChange={(next) => setDraft(JSON.stringify(next, null, 2))}
                />
              ),
            },
            {
              name: 'json',
              label: t('arguments.view.json'),
              isDisabled: hasFaults,
              content: (
                <TextEditor
                  label={t('arguments.json')}
                  language="json"
                  rows={6}
                  value={draft}
                  onChange={setDraft}
                />
              ),
            },
          ]}
        />
      </FaultyFields>
      {isInexact && (
        <p className={styles['fault']} role="alert">
          {t('tools.try.object')}
        </p>
      )}
      <div className={styles['actions']}>
        <Button kind="primary" type="submit" icon={<PlayIcon />} disabled={!canSend}>
          {t('tools.try.send')}
        </Button>
        {isPending && (
          <Button icon={<StopIcon />} onClick={() => call.current?.abort()}>
            {t('tools.try.stop')}
          </Button>
        )}
      </div>
      <TrialResult name={name} trial={data} error={error} isPending={isPending} />
    </form>
  );
}
