import { ages } from '../api/approvals.ts';
import type { ApprovalsSearch } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import styles from './approvals.module.css';

interface Props {
  search: ApprovalsSearch;
  /** The tools that can be chosen. */
  tools: readonly string[];
  /** Whether approvals of other users' runs are shown. */
  hasOthers: boolean;
  onChange: (change: Partial<ApprovalsSearch>) => void;
}

const dialects = ['openai', 'jan', 'agent', 'codex'];

/** The filters of the inbox, which the address has. */
export function ApprovalFilterBar({ search, tools, hasOthers, onChange }: Props) {
  return (
    <form className={styles['filters']} role="search" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label={t('approval.filter.status')}
        value={search.status ?? ''}
        options={[
          ['', t('approval.filter.pending')],
          ['decided', t('approval.filter.decided')],
        ]}
        onChange={(status) => onChange({ status: status === 'decided' ? status : undefined })}
      />
      <Choice
        label={t('approval.filter.tool')}
        value={search.tool ?? ''}
        options={[['', t('approval.filter.any')], ...named(search.tool, tools)]}
        onChange={(tool) => onChange({ tool: tool || undefined })}
      />
      <Choice
        label={t('approval.filter.dialect')}
        value={search.dialect ?? ''}
        options={[['', t('approval.filter.any')], ...named(search.dialect, dialects)]}
        onChange={(dialect) => onChange({ dialect: dialect || undefined })}
      />
      <Choice
        label={t('approval.filter.age')}
        value={search.older ?? ''}
        options={[
          ['', t('approval.filter.any')],
          ...ages.map((age) => [age, t(`approval.filter.${age}`)] as const),
        ]}
        onChange={(age) => onChange({ older: ages.find((one) => one === age) })}
      />
      {(hasOthers || search.caller) && (
        <Choice
          label={t('approval.filter.caller')}
          value={search.caller ?? ''}
          options={[
            ['', t('approval.filter.everyone')],
            ['me', t('approval.filter.me')],
          ]}
          onChange={(caller) => onChange({ caller: caller === 'me' ? caller : undefined })}
        />
      )}
    </form>
  );
}

type Option = readonly [value: string, text: string];

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly Option[];
  onChange: (value: string) => void;
}) {
  return (
    <Field label={label}>
      <select value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one} translate={one === text ? 'no' : 'yes'}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Names as options, with the chosen one also where nothing has it any more. */
function named(chosen: string | undefined, names: readonly string[]): Option[] {
  const all = new Set([...names, ...(chosen ? [chosen] : [])]);
  return [...all].toSorted().map((name) => [name, name]);
}
