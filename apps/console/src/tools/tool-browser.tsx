import { useNavigate } from '@tanstack/react-router';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { ToolDetail } from './tool-detail.tsx';
import { ToolList } from './tool-list.tsx';
import { type Tool, useTools } from './tools-api.ts';
import { filtered, originOf, type ToolsSearch } from './tools-search.ts';
import styles from './tools.module.css';

/** The tools that fit the filters of the address, beside the one that is open. */
export function ToolBrowser({ search }: { search: ToolsSearch }) {
  const navigate = useNavigate();
  const tools = useTools();
  const all = tools.data ?? [];
  const rows = filtered(all, search);
  const named = all.find(({ name }) => name === search.tool);
  const shown = named ?? (search.tool === undefined ? rows[0] : undefined);
  const go = (changes: ToolsSearch) =>
    void navigate({ to: '/tools', search: { ...search, ...changes }, replace: true });
  return (
    <>
      <form className={styles['filters']} role="search" onSubmit={(event) => event.preventDefault()}>
        <TextFilter
          label={t('tools.filter.text')}
          value={search.q}
          onChange={(q) => go({ q, tool: undefined })}
        />
        <OriginFilter
          tools={all}
          value={search.origin}
          onChange={(origin) => go({ origin, tool: undefined })}
        />
      </form>
      {tools.isPending && <Loading rows={8} />}
      {tools.isError && <Failure error={tools.error} retry={() => void tools.refetch()} />}
      {tools.isSuccess && rows.length === 0 && !named && search.tool === undefined && (
        <Notice title={t(all.length === 0 ? 'tools.empty' : 'tools.empty.filtered')}>
          {all.length === 0 ? (
            <p>{t('tools.empty.more')}</p>
          ) : (
            <Button onClick={() => void navigate({ to: '/tools', search: {} })}>{t('runs.clear')}</Button>
          )}
        </Notice>
      )}
      {tools.isSuccess && search.tool !== undefined && !named && (
        <Notice title={t('tools.gone', { tool: search.tool })}>
          <p>{t('tools.gone.more')}</p>
          <Button onClick={() => go({ tool: undefined })}>{t('tools.list')}</Button>
        </Notice>
      )}
      {shown && (
        <div className={styles['split']}>
          <ToolList rows={rows} shown={shown.name} onShow={(tool) => go({ tool })} />
          <ToolDetail key={shown.name} tool={shown} onClose={() => go({ tool: undefined })} />
        </div>
      )}
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
    <Field label={t('tools.filter.origin')}>
      <select value={value ?? ''} onChange={({ target }) => onChange(target.value || undefined)}>
        <option value="">{t('runs.filter.all')}</option>
        {[...origins].map(([origin, label]) =>
          label === null ? (
            <option key={origin} value={origin}>
              {t('tools.builtIn')}
            </option>
          ) : (
            <option key={origin} value={origin} translate="no">
              {label}
            </option>
          ),
        )}
      </select>
    </Field>
  );
}
