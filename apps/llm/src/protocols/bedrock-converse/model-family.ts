/** What Bedrock's models accept beyond the common fields. */
export interface ModelFamily {
  name: 'claude' | 'nova' | 'mistral' | 'gpt_oss' | 'other';
  /** Where cache points are accepted. Nova has none after tools. */
  cachePoints: 'all' | 'text' | 'none';
  /** Whether a tool's output may have a status, and text beside it in one message. */
  mixedOutputs: boolean;
  /** Whether schemas for the answer are accepted and reliably kept. */
  outputSchemas: boolean;
  strictTools: boolean;
  /** Nova accepts only `type`, `properties` and `required` at the root of a tool's schema, and no references. */
  plainToolSchemas: boolean;
  /** Whether an id of a call must be nine letters and digits. */
  nineCharacterIds: boolean;
}

const other: ModelFamily = {
  name: 'other',
  cachePoints: 'none',
  mixedOutputs: false,
  outputSchemas: false,
  strictTools: false,
  plainToolSchemas: false,
  nineCharacterIds: false,
};

/**
 * The family of a model by its id, an inference profile included (`eu.amazon.nova-pro-v1:0`). Sources: Bedrock's user guide on tool use, prompt
 * caching and structured outputs, and `@ai-sdk/amazon-bedrock` for models whose schemas are not reliable.
 */
export function familyOf(model: string): ModelFamily {
  const name = model.toLowerCase();
  if (name.includes('claude'))
    return {
      ...other,
      name: 'claude',
      cachePoints: /claude-(3-(haiku|sonnet|opus)|v2|2|instant)/.test(name) ? 'none' : 'all',
      mixedOutputs: true,
      outputSchemas: /claude-(sonnet-4-5|opus-4-[56])/.test(name),
      strictTools: /claude-((sonnet|opus|haiku)-4-5|(sonnet|opus)-4-6)/.test(name),
    };
  if (name.includes('nova'))
    return { ...other, name: 'nova', cachePoints: 'text', mixedOutputs: true, plainToolSchemas: true };
  if (name.includes('mistral.')) return { ...other, name: 'mistral', nineCharacterIds: true };
  return name.includes('gpt-oss') ? { ...other, name: 'gpt_oss' } : other;
}
