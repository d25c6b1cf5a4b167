import { useNavigate } from '@tanstack/react-router';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { EntryList } from '../ui/list/entry-list.tsx';
import { ChoiceFilter, FilterBar } from '../ui/list/filter-bar.tsx';
import { Split } from '../ui/list/list-page.tsx';
import { TextFilter } from '../ui/list/text-filter.tsx';
import { Loaded, Notice } from '../ui/page-states.tsx';
import { ToolDetail } from './tool-detail.tsx';
import { type Tool, useTools } from './tools-api.ts';
import { filtered, originOf, type ToolsSearch } from './tools-search.ts';
import styles from './tools.module.css';

type Go = (changes: ToolsSearch, replace: boolean) => void;

/** The tools that fit the filters of the address, beside the one that is open. */
export function ToolBrowser({ search }: { search: ToolsSearch }) {
  const navigate = useNavigate();
  const tools = useTools();
  const go: Go = (changes, replace) =>
    void navigate({ to: '/tools', search: { ...search, ...changes }, replace });
  return (
    <>
      <FilterBar>
        <TextFilter
          label={t('tools.filter.text')}
          value={search.q}
          onChange={(q) => go({ q, tool: undefined }, false)}
        />
        <OriginFilter
          tools={tools.data ?? []}
          value={search.origin}
          onChange={(origin) => go({ origin, tool: undefined }, false)}
        />
      </FilterBar>
      <Loaded query={tools} rows={8}>
        {(all) => <Found all={all} search={search} go={go} />}
      </Loaded>
    </>
  );
}

function Found({ all, search, go }: { all: readonly Tool[]; search: ToolsSearch; go: Go }) {
  const rows = filtered(all, search);
  const shown = search.tool === undefined ? rows[0] : all.find(({ name }) => name === search.tool);
  if (!shown && search.tool !== undefined)
    return (
      <Notice title={t('tools.gone', { tool: search.tool })}>
        <p>{t('tools.gone.more')}</p>
        <Button onClick={() => go({ tool: undefined }, true)}>{t('tools.list')}</Button>
      </Notice>
    );
  if (!shown)
    return all.length === 0 ? (
      <Notice title={t('tools.empty')}>
        <p>{t('tools.empty.more')}</p>
      </Notice>
    ) : (
      <Notice title={t('tools.empty.filtered')}>
        <Button onClick={() => go({ q: undefined, origin: undefined }, false)}>{t('filter.clear')}</Button>
      </Notice>
    );
  return (
    <Split>
      <EntryList
        label={t('tools.all')}
        entries={rows}
        keyOf={({ name }) => name}
        open={shown.name}
        onOpen={(tool) => go({ tool }, true)}
      >
        {(tool) => <ToolRow tool={tool} />}
      </EntryList>
      <ToolDetail key={shown.name} tool={shown} onClose={() => go({ tool: undefined }, true)} />
    </Split>
  );
}

function ToolRow({ tool: { name, description, server_label: label } }: { tool: Tool }) {
  return (
    <>
      <code translate="no">{name}</code>
      <span className={styles['origin']} translate={label === null ? 'yes' : 'no'}>
        {label ?? t('tools.builtIn')}
      </span>
      <span className={styles['summary']} translate="no">
        {description}
      </span>
    </>
  );
}

function OriginFilter({
  tools,
  value,
  onChange,
}: {
  tools: readonly Tool[];
  value: string | undefined;
  onChange: (origin: string | undefined) => void;
}) {
  const origins = new Map(tools.map((tool) => [originOf(tool), tool.server_label]));
  // An address may name a server that has no tools now.
  if (value !== undefined && !origins.has(value)) origins.set(value, value.replace(/^server:/, ''));
  return (
    <ChoiceFilter
      label={t('tools.filter.origin')}
      value={value}
      options={[...origins].map(([origin, label]) => ({
        value: origin,
        name: label ?? t('tools.builtIn'),
        isData: label !== null,
      }))}
      onChange={onChange}
    />
  );
}
