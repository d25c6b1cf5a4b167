import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import { approvals } from './tools.ts';

interface Props {
  value: unknown;
  /** What an absent value means. */
  defaultLabel: string;
  onChange: (approval: string | undefined) => void;
}

/** When calls of a server's tools wait for a person. */
export function ApprovalField({ value, defaultLabel, onChange }: Props) {
  const isRule = typeof value === 'object' && value !== null;
  return (
    <Field label={t('content.approval')}>
      <select
        value={typeof value === 'string' ? value : isRule ? 'rule' : ''}
        onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
      >
        <option value="">{defaultLabel}</option>
        {approvals.map((approval) => (
          <option key={approval} value={approval}>
            {t(`content.approval.${approval}`)}
          </option>
        ))}
        {isRule && (
          <option value="rule" disabled>
            {t('content.approval.rule')}
          </option>
        )}
      </select>
    </Field>
  );
}
