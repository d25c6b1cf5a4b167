import type { JsonObject } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { isObject } from '../ui/editor/exact-json.ts';
import { JsonField } from '../ui/editor/json-field.tsx';

interface Props {
  label: string;
  hint: string;
  schema: JsonObject | null;
  onChange: (schema: JsonObject | null) => void;
}

/** A JSON Schema, or none. */
export function SchemaField({ label, hint, schema, onChange }: Props) {
  return (
    <JsonField
      label={label}
      hint={hint}
      rows={4}
      value={schema ?? undefined}
      complain={(value) => (isObject(value) ? null : t('form.object'))}
      onChange={(value) => onChange(isObject(value) ? value : null)}
    />
  );
}
