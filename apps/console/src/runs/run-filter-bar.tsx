import { useMe } from '../api/me.ts';
import { none, type RunFilters } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { useApiKeys } from '../settings/key-requests.ts';
import { timeZone, usePreferences } from '../settings/preferences.ts';
import { Field } from '../ui/field.tsx';
import { ChoiceFilter, FilterBar } from '../ui/list/filter-bar.tsx';
import { TextFilter } from '../ui/list/text-filter.tsx';
import { clockIn, momentOf } from '../ui/text/zoned-time.ts';
import { useRestedText } from '../ui/use-rested.ts';

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
    <FilterBar folded={Object.values(filters).filter(Boolean).length}>
      <ChoiceFilter
        label={t('runs.filter.status')}
        value={statuses.find((status) => status === filters.status)}
        options={statuses.map((status) => ({ value: status, name: t(`status.${status}`) }))}
        onChange={(status) => onChange({ status })}
      />
      <ChoiceFilter
        label={t('runs.filter.dialect')}
        value={filters.dialect}
        options={dialects.map((dialect) => ({ value: dialect, name: dialect, isData: true }))}
        onChange={(dialect) => onChange({ dialect })}
      />
      <TextFilter
        label={t('runs.filter.model')}
        value={filters.model}
        onChange={(model) => onChange({ model })}
      />
      <TextFilter
        label={t('runs.filter.provider')}
        value={filters.provider}
        onChange={(provider) => onChange({ provider })}
      />
      <KeyFilter value={filters.api_key_id} onChange={(key) => onChange({ api_key_id: key })} />
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
    </FilterBar>
  );
}

interface FilterProps {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** The user's keys by name. A key that was deleted, or that the user may not list, has its id. */
function KeyFilter({ value, onChange }: FilterProps) {
  const me = useMe();
  const { data: keys = [] } = useApiKeys({ isAllowed: me.data?.permissions.manage_api_keys ?? false });
  const isUnnamed = value !== undefined && value !== none && !keys.some(({ id }) => id === value);
  const named = isUnnamed ? [...keys, { id: value, name: value }] : keys;
  return (
    <ChoiceFilter
      label={t('runs.filter.key')}
      value={value}
      options={[
        { value: none, name: t('runs.filter.noKey') },
        ...named.map(({ id, name }) => ({ value: id, name, isData: true })),
      ]}
      onChange={onChange}
    />
  );
}

/** A time in the preferred zone, which the address has as ISO 8601. */
function TimeFilter({ label, value, onChange }: FilterProps & { label: string }) {
  usePreferences();
  const zone = timeZone();
  const ms = Date.parse(value ?? '');
  const [text, setText] = useRestedText(Number.isNaN(ms) ? '' : clockIn(zone, ms), (rested) =>
    onChange(rested === '' ? undefined : new Date(momentOf(rested, zone)).toISOString()),
  );
  return (
    <Field label={label}>
      <input type="datetime-local" value={text} onChange={(event) => setText(event.target.value)} />
    </Field>
  );
}
