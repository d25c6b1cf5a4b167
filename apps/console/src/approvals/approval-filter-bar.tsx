import { ages } from '../api/approvals.ts';
import type { ApprovalsSearch } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { Choice, ChoiceFilter, FilterBar, namedOptions } from '../ui/list/filter-bar.tsx';

interface Props {
  search: ApprovalsSearch;
  /** The tools that can be chosen. */
  tools: readonly string[];
  /** Whether approvals of other users' runs are shown. */
  hasOthers: boolean;
  onChange: (change: Partial<ApprovalsSearch>) => void;
}

const dialects = ['openai', 'jan', 'agent', 'codex'];

/** The filters of the inbox. */
export function ApprovalFilterBar({ search, tools, hasOthers, onChange }: Props) {
  return (
    <FilterBar>
      <Choice
        label={t('approval.filter.status')}
        value={search.status ?? 'pending'}
        options={[
          { value: 'pending', name: t('approval.filter.pending') },
          { value: 'decided', name: t('approval.filter.decided') },
        ]}
        onChange={(status) => onChange({ status: status === 'decided' ? status : undefined })}
      />
      <ChoiceFilter
        label={t('approval.filter.tool')}
        value={search.tool}
        options={namedOptions(tools, search.tool)}
        onChange={(tool) => onChange({ tool })}
      />
      <ChoiceFilter
        label={t('approval.filter.dialect')}
        value={search.dialect}
        options={namedOptions(dialects, search.dialect)}
        onChange={(dialect) => onChange({ dialect })}
      />
      <ChoiceFilter
        label={t('approval.filter.age')}
        value={search.older}
        options={ages.map((age) => ({ value: age, name: t(`approval.filter.${age}`) }))}
        onChange={(older) => onChange({ older })}
      />
      {(hasOthers || search.caller) && (
        <Choice
          label={t('approval.filter.caller')}
          value={search.caller ?? 'everyone'}
          options={[
            { value: 'everyone', name: t('approval.filter.everyone') },
            { value: 'me', name: t('approval.filter.me') },
          ]}
          onChange={(caller) => onChange({ caller: caller === 'me' ? caller : undefined })}
        />
      )}
    </FilterBar>
  );
}
