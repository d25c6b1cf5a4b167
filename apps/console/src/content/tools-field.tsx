import type { JsonObject } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { useTools } from '../tools/tools-api.ts';
import { JsonField } from '../ui/editor/json-field.tsx';
import { Field } from '../ui/field.tsx';
import { ApprovalField } from './approval-field.tsx';
import styles from './content.module.css';
import { hostedTypes, isHosted, isOther, isOwn, newHosted, ownLabel, replaced } from './tools.ts';

interface Props {
  tools: JsonObject[];
  onChange: (tools: JsonObject[]) => void;
}

/** The tools that the model may call: this server's, hosted ones, and functions of the caller. */
export function ToolsField({ tools, onChange }: Props) {
  const others = tools.filter(isOther);
  return (
    <div className={styles['group']}>
      <OwnTools tools={tools} onChange={onChange} />
      <fieldset className={styles['choices']}>
        <legend>{t('content.hosted')}</legend>
        {hostedTypes.map((type) => {
          const tool = tools.find((entry) => isHosted(entry, type));
          const fits = (entry: JsonObject) => isHosted(entry, type);
          return (
            <div key={type}>
              <label className={styles['choice']}>
                <input
                  type="checkbox"
                  checked={tool !== undefined}
                  onChange={({ target }) =>
                    onChange(replaced(tools, fits, target.checked ? [newHosted(type)] : []))
                  }
                />
                <span translate="no">{type}</span>
              </label>
              {type === 'file_search' && tool && (
                <StoresField tool={tool} onChange={(changed) => onChange(replaced(tools, fits, [changed]))} />
              )}
            </div>
          );
        })}
      </fieldset>
      <JsonField
        label={t('content.functions')}
        hint={t('content.functions.hint')}
        rows={3}
        value={others.length > 0 ? others : undefined}
        complain={(value) =>
          Array.isArray(value) && value.every(hasType) ? null : t('content.functions.fault')
        }
        onChange={(value) => onChange(replaced(tools, isOther, (value as JsonObject[] | undefined) ?? []))}
      />
    </div>
  );
}

function hasType(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** This server's tools: all of them or some by name, and when their calls wait for a person. */
function OwnTools({ tools, onChange }: Props) {
  const own = tools.find(isOwn);
  const listed = useTools();
  const change = (changes: JsonObject) =>
    onChange(replaced(tools, isOwn, [{ type: 'mcp', server_label: ownLabel, ...own, ...changes }]));
  const allowed = Array.isArray(own?.['allowed_tools']) ? (own['allowed_tools'] as string[]) : null;
  const names = listed.data?.flatMap(({ name, in_all: isInAll }) => (isInAll ? [name] : [])) ?? [];
  const toggle = (name: string, isOn: boolean) => {
    const before = allowed ?? names;
    change({ allowed_tools: isOn ? [...before, name] : before.filter((entry) => entry !== name) });
  };
  return (
    <>
      <label className={styles['choice']}>
        <input
          type="checkbox"
          checked={own !== undefined}
          onChange={({ target }) => (target.checked ? change({}) : onChange(replaced(tools, isOwn, [])))}
        />
        {t('content.own')}
      </label>
      {own && (
        <>
          <ApprovalField
            value={own['require_approval']}
            defaultLabel={t('content.approval.tool')}
            onChange={(approval) => {
              const { require_approval: _before, ...others } = own;
              onChange(
                replaced(tools, isOwn, [
                  approval === undefined ? others : { ...others, require_approval: approval },
                ]),
              );
            }}
          />
          <details className={styles['details']}>
            <summary>
              {allowed === null
                ? t('content.own.all', { count: names.length })
                : t('content.own.some', { count: allowed.length })}
            </summary>
            <ul className={styles['list']}>
              {listed.data?.map(({ name, annotations, in_all: isInAll }) => (
                <li key={name}>
                  <label className={styles['choice']}>
                    <input
                      type="checkbox"
                      checked={allowed?.includes(name) ?? isInAll}
                      onChange={({ target }) => toggle(name, target.checked)}
                    />
                    <span translate="no">{name}</span>
                    {!annotations.read_only && (
                      <span className={styles['badge']}>{t('content.own.changes')}</span>
                    )}
                  </label>
                </li>
              ))}
            </ul>
          </details>
        </>
      )}
    </>
  );
}

function StoresField({ tool, onChange }: { tool: JsonObject; onChange: (tool: JsonObject) => void }) {
  const ids = Array.isArray(tool['vector_store_ids']) ? (tool['vector_store_ids'] as string[]) : [];
  return (
    <Field label={t('content.stores')} hint={t('content.stores.hint')}>
      <input
        translate="no"
        defaultValue={ids.join(', ')}
        onChange={({ target }) =>
          onChange({ ...tool, vector_store_ids: target.value.split(/[\s,]+/).filter((id) => id !== '') })
        }
      />
    </Field>
  );
}
