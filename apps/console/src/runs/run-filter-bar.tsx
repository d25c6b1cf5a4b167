import { useEffect, useState } from 'react';
import type { RunFilters } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import styles from './runs.module.css';

const statuses = [
  'queued',
  'in_progress',
  'requires_action',
  'completed',
  'incomplete',
  'failed',
  'cancelled',
] as const;
const dialects = ['openai', 'jan', 'agent', 'codex', 'messages'] as const;
/** How long a filter's text must rest before it is searched for. */
const restMs = 300;

interface Props {
  filters: RunFilters;
  onChange: (changes: RunFilters) => void;
}

/** The filters of the list. They are in the address, so that Back undoes one and a link shows the same rows. */
export function RunFilterBar({ filters, onChange }: Props) {
  return (
    <form className={styles['filters']} role="search" onSubmit={(event) => event.preventDefault()}>
      <Field label={t('runs.filter.status')}>
        <select
          value={filters.status ?? ''}
          onChange={(event) => onChange({ status: event.target.value || undefined })}
        >
          <option value="">{t('runs.filter.all')}</option>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {t(`status.${status}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('runs.filter.dialect')}>
        <select
          value={filters.dialect ?? ''}
          onChange={(event) => onChange({ dialect: event.target.value || undefined })}
        >
          <option value="">{t('runs.filter.all')}</option>
          {dialects.map((dialect) => (
            <option key={dialect} value={dialect} translate="no">
              {dialect}
            </option>
          ))}
        </select>
      </Field>
      <TextFilter
        label={t('runs.filter.model')}
        value={filters.model}
        onChange={(model) => onChange({ model })}
      />
    </form>
  );
}

interface TextProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** Searches when its user stops typing. A change of the address replaces its text. */
function TextFilter({ label, value = '', onChange }: TextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text || undefined), restMs);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Field label={label}>
      <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
    </Field>
  );
}
