import { useMemo, useState } from 'react';
import { t } from '../../i18n/t.ts';
import { isObject } from '../editor/exact-json.ts';
import { FaultyFields, JsonField, useFault, useFaults } from '../editor/json-field.tsx';
import { Tabs } from '../tabs.tsx';
import { formOf } from './form-field.ts';
import { SchemaControls } from './schema-controls.tsx';

interface Props {
  label: string;
  /** A JSON schema. */
  schema: unknown;
  value: Record<string, unknown>;
  onChange: (value: Record<string, unknown>) => void;
}

/**
 * An object as a form of its JSON schema or as JSON, between which the user switches. What a form cannot show is JSON only: a single property, or the
 * whole object. While anything in it cannot be sent, the nearest `FaultyFields` knows.
 */
export function SchemaForm({ label, schema, value, onChange }: Props) {
  const key = JSON.stringify(schema);
  const form = useMemo(() => formOf(JSON.parse(key)), [key]);
  const [chosen, setChosen] = useState<'form' | 'json'>('form');
  const { hasFaults, report } = useFaults();
  useFault(hasFaults);
  return (
    <FaultyFields value={report}>
      <Tabs
        label={label}
        shown={form ? chosen : 'json'}
        onShow={setChosen}
        tabs={[
          {
            name: 'form',
            label: t('form.view.form'),
            isDisabled: form === null || hasFaults,
            content: form && <SchemaControls key={key} field={form} value={value} onChange={onChange} />,
          },
          {
            name: 'json',
            label: t('form.view.json'),
            isDisabled: hasFaults,
            content: (
              <JsonField
                label={t('form.json', { label })}
                value={value}
                blank={noProperties}
                complain={(given) => (isObject(given) ? null : t('form.object'))}
                // The complaint leaves nothing else.
                onChange={(given) => onChange(given as Record<string, unknown>)}
              />
            ),
          },
        ]}
      />
    </FaultyFields>
  );
}

const noProperties = {};
