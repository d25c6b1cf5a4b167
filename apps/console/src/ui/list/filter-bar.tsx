import { FilterIcon } from '@primer/octicons-react';
import { type ReactNode, useState } from 'react';
import { t } from '../../i18n/t.ts';
import { Button } from '../button.tsx';
import { Field } from '../field.tsx';
import styles from './list.module.css';

interface BarProps {
  /** How many of the filters are set, where they are so many that a narrow screen folds them away. */
  folded?: number;
  children: ReactNode;
}

/** The filters of a list. They apply at once, and are in the address. */
export function FilterBar({ folded, children }: BarProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <form
      className={styles['filters']}
      role="search"
      data-folded={folded !== undefined && !isOpen}
      onSubmit={(event) => event.preventDefault()}
    >
      {folded !== undefined && (
        <Button
          className={styles['fold'] ?? ''}
          icon={<FilterIcon />}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {t('filter.fold', { count: folded })}
        </Button>
      )}
      {children}
    </form>
  );
}

export interface Option<Value extends string> {
  value: Value;
  name: string;
  /** Whether the name is data and no text of the console. */
  isData?: boolean;
}

interface ChoiceProps<Value extends string, Chosen> {
  label: string;
  value: Chosen;
  options: readonly Option<Value>[];
  onChange: (value: Chosen) => void;
}

/** One of a few values. */
export function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value, Value>) {
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
          <option key={option.value} value={option.value} translate={option.isData ? 'no' : 'yes'}>
            {option.name}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** One of a few values, or all. */
export function ChoiceFilter<Value extends string>({
  label,
  value,
  options,
  onChange,
}: ChoiceProps<Value, Value | undefined>) {
  const all: Option<Value | ''> = { value: '', name: t('filter.all') };
  return (
    <Choice<Value | ''>
      label={label}
      value={value ?? ''}
      options={[all, ...options]}
      onChange={(chosen) => onChange(chosen === '' ? undefined : chosen)}
    />
  );
}

/** Names as options, in their order; with the chosen one, also where nothing has it any more. */
export function namedOptions(names: Iterable<string>, chosen: string | undefined): Option<string>[] {
  const all = new Set([...names, ...(chosen === undefined ? [] : [chosen])]);
  return [...all].toSorted().map((name) => ({ value: name, name, isData: true }));
}
