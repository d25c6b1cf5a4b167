import type { RunFilters } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
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
    </form>
  );
}
