import { type FormEvent, useState } from 'react';
import { type EndpointWithSecret, useCreateEndpoint, webhookEvents } from './webhooks-api.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Fault } from '../ui/fault.tsx';
import { Field } from '../ui/field.tsx';
import { Actions } from '../ui/list/cards.tsx';
import styles from './webhooks.module.css';

/** Registers an endpoint. `onDone` gets it with its secret, or null where the form was closed. */
export function EndpointForm({ onDone }: { onDone: (endpoint: EndpointWithSecret | null) => void }) {
  const create = useCreateEndpoint();
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<readonly string[]>(webhookEvents);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ name, url, event_types: [...events] }, { onSuccess: onDone });
  };
  const toggle = (event: string) =>
    setEvents(events.includes(event) ? events.filter((each) => each !== event) : [...events, event]);
  return (
    <form onSubmit={submit} aria-label={t('webhooks.add')}>
      <h2>{t('webhooks.add')}</h2>
      <Field label={t('webhooks.url')}>
        <input
          type="url"
          required
          autoFocus
          placeholder="https://"
          value={url}
          onChange={({ target }) => setUrl(target.value)}
        />
      </Field>
      <Field label={t('webhooks.name')}>
        <input value={name} maxLength={200} onChange={({ target }) => setName(target.value)} />
      </Field>
      <fieldset className={styles['events']}>
        <legend>{t('webhooks.events')}</legend>
        {webhookEvents.map((event) => (
          <label key={event}>
            <input type="checkbox" checked={events.includes(event)} onChange={() => toggle(event)} />
            <code translate="no">{event}</code>
          </label>
        ))}
      </fieldset>
      <Fault error={create.error} />
      <Actions>
        <Button kind="primary" type="submit" disabled={create.isPending || events.length === 0}>
          {t('webhooks.create')}
        </Button>
        <Button onClick={() => onDone(null)}>{t('webhooks.close')}</Button>
      </Actions>
    </form>
  );
}
