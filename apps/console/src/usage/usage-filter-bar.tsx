import { Link } from '@tanstack/react-router';
import { usageGroupings } from './usage-api.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import { measures } from './figures.ts';
import { daysAfter, dateIn, ranges } from './range.ts';
import styles from './usage.module.css';
import type { UsageSearch } from './usage-search.ts';

interface Props {
  search: UsageSearch;
  zone: string;
  onChange: (changes: UsageSearch) => void;
}

/** The range, what the bars show, and whose days they are. */
export function UsageFilterBar({ search, zone, onChange }: Props) {
  const { range, group, measure, from, to } = search;
  const today = dateIn(zone, Date.now());
  return (
    <form className={styles['filters']} role="search" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label={t('usage.range')}
        value={range}
        options={ranges.map((value) => ({ value, name: t(`usage.range.${value}`) }))}
        onChange={(value) => onChange({ range: value, from: undefined, to: undefined })}
      />
      {range === 'custom' && (
        <>
          <DateField
            label={t('usage.from')}
            value={from ?? daysAfter(to ?? today, -6)}
            max={to ?? today}
            onChange={(value) => onChange({ from: value })}
          />
          <DateField
            label={t('usage.to')}
            value={to ?? today}
            min={from}
            max={today}
            onChange={(value) => onChange({ to: value })}
          />
        </>
      )}
      <Choice
        label={t('usage.measure')}
        value={measure}
        options={measures.map((value) => ({ value, name: t(`usage.measure.${value}`) }))}
        onChange={(value) => onChange({ measure: value })}
      />
      <Choice
        label={t('usage.group')}
        value={group}
        options={usageGroupings.map((value) => ({ value, name: t(`usage.group.${value}`) }))}
        onChange={(value) => onChange({ group: value })}
      />
      <p className={styles['zone']}>
        {t('usage.zone')}{' '}
        <Link to="/settings" translate="no">
          {zone}
        </Link>
      </p>
    </form>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value | undefined;
  options: readonly { value: Value; name: string }[];
  onChange: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <Field label={label}>
      <select
        value={value}
        onChange={({ target }) => {
          const chosen = options.find((option) => option.value === target.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface DateProps {
  label: string;
  value: string;
  min?: string | undefined;
  max: string;
  onChange: (value: string) => void;
}

/** A date that is being typed is empty until it is whole. */
function DateField({ label, value, min, max, onChange }: DateProps) {
  return (
    <Field label={label}>
      <input
        type="date"
        value={value}
        min={min}
        max={max}
        onChange={({ target }) => {
          if (target.value !== '' && target.validity.valid) onChange(target.value);
        }}
      />
    </Field>
  );
}
