/**
 * Models whose makers document answers by a JSON schema, and before them those of the same names that have none: the pages on structured outputs of
 * OpenAI, Google and xAI. No data package has this flag.
 */
const rows: readonly [RegExp, boolean][] = [
  [/^(gpt-(3|4$|4-)|gpt-4o-2024-05-13|chatgpt-|o1-(mini|preview)|gpt-[5-9][\d.]*-chat)/, false],
  [/^(gpt-4o|gpt-4\.1|gpt-[5-9](?!\d)|o[1-9](?=-|$))/, true],
  [/^gemini-(1\.5|[2-9])/, true],
  [/^grok-[2-9]/, true],
];

/** Whether a model answers by a schema, by the forms of its name; null where that is unknown. */
export function hasJsonSchemaOf(forms: readonly string[]): boolean | null {
  for (const form of forms) {
    const row = rows.find(([names]) => names.test(form));
    if (row !== undefined) return row[1];
  }
  return null;
}
