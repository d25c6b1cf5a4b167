interface SchemaRow {
  /** Of forms of a model's name. */
  names: RegExp;
  /** Whether the maker documents answers by a JSON schema; null where it documents neither. */
  hasJsonSchema: boolean | null;
  /** The maker's page. */
  source: string;
}

const openAi = 'https://platform.openai.com/docs/guides/structured-outputs';

/**
 * Which models answer by a JSON schema. No data package has this flag (`llm-zoo` 1.37 and `@pydantic/genai-prices` were checked), so the rows are from the makers' pages
 * on structured outputs. The first row that matches holds. Claude has a table of its own (`claude-models.ts`).
 */
const rows: readonly SchemaRow[] = [
  // The pages name the language models only, and contradict each other for the models of ChatGPT.
  {
    names: /-(audio|realtime|transcribe|tts|search|image|live|embedding|deep-research|chat)\b/,
    hasJsonSchema: null,
    source: openAi,
  },
  // "gpt-4-turbo and earlier" have JSON without a schema; the first of gpt-4o is that of August 2024.
  { names: /^(gpt-3|gpt-4$|gpt-4-|gpt-4o-2024-05-13)/, hasJsonSchema: false, source: openAi },
  { names: /^(gpt-4o|gpt-4\.1|gpt-[5-9](?!\d))/, hasJsonSchema: true, source: openAi },
  { names: /^(o1(?!-mini|-preview)|o[3-9])(-|$)/, hasJsonSchema: true, source: openAi },
  {
    names: /^gemini-(1\.5|[2-9])/,
    hasJsonSchema: true,
    source: 'https://ai.google.dev/gemini-api/docs/structured-output',
  },
  {
    names: /^grok-[2-9]/,
    hasJsonSchema: true,
    source: 'https://docs.x.ai/docs/guides/structured-outputs',
  },
];

/** Whether a model answers by a schema, by the forms of its name; null where that is unknown. */
export function hasJsonSchemaOf(forms: readonly string[]): boolean | null {
  for (const form of forms) {
    const row = rows.find(({ names }) => names.test(form));
    if (row !== undefined) return row.hasJsonSchema;
  }
  return null;
}
