import type { RunFilters } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { useRestedText } from '../ui/use-rested.ts';
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
      <TextFilter
        label={t('runs.filter.tool')}
        value={filters.tool}
        onChange={(tool) => onChange({ tool })}
      />
      <TextFilter
        label={t('runs.filter.metadata')}
        value={filters.metadata_text}
        onChange={(text) => onChange({ metadata_text: text })}
      />
      <TimeFilter
        label={t('runs.filter.from')}
        value={filters.created_after}
        onChange={(from) => onChange({ created_after: from })}
      />
      <TimeFilter
        label={t('runs.filter.until')}
        value={filters.created_before}
        onChange={(until) => onChange({ created_before: until })}
      />
    </form>
  );
}

interface TimeProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A time of the user's clock, which the address has as ISO 8601. */
function TimeFilter({ label, value, onChange }: TimeProps) {
  const [text, setText] = useRestedText(localTime(value), (rested) =>
    onChange(rested === '' ? undefined : new Date(rested).toISOString()),
  );
  return (
    <Field label={label}>
      <input type="datetime-local" value={text} onChange={(event) => setText(event.target.value)} />
    </Field>
  );
}

const minuteMs = 60_000;

/** As the input wants it: local, without a zone. */
function localTime(iso: string | undefined): string {
  const date = new Date(iso ?? '');
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * minuteMs).toISOString().slice(0, 16);
}
