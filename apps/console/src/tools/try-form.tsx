import { PlayIcon, StopIcon } from '@primer/octicons-react';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useMe } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { FaultyFields, useFaults } from '../ui/editor/json-field.tsx';
import { firstObject } from '../ui/schema-form/form-field.ts';
import { SchemaForm } from '../ui/schema-form/schema-form.tsx';
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

function Form({ tool }: { tool: Tool }) {
  const { name, parameters, needs_approval: needsApproval } = tool;
  const [args, setArgs] = useState(() => firstObject(parameters));
  const { hasFaults, report } = useFaults();
  const { mutate, data, error, isPending } = useTryTool(name);
  const call = useRef<AbortController>(null);
  useEffect(() => () => call.current?.abort(), []);

  const canSend = !hasFaults && !isPending;
  const send = () => {
    if (!canSend) return;
    call.current = new AbortController();
    mutate({ args, signal: call.current.signal });
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
        <SchemaForm label={t('call.arguments')} schema={parameters} value={args} onChange={setArgs} />
      </FaultyFields>
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
