/** The regions and makers before the names of Bedrock's models. */
const bedrockPrefix =
  /^(?:(?:us|us-gov|eu|apac|jp|au|ca|global)\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|writer|zai)\./;

/** Endings of numbered and dated variants: Bedrock's version, Vertex's `@` version, a date, `-latest`. */
const variantEndings = [
  /(?:-v\d+:\d+|-v1|:\d+)$/,
  /@[\w.-]+$/,
  /-(?:\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{8}|\d{4})$/,
  /-latest$/,
];

/**
 * The forms of a provider's name of a model under which data may have it, the most exact first: the name itself in lower case; without the prefix
 * of a host (`anthropic/`, `accounts/fireworks/models/`, `us.anthropic.`); then without one ending after the other (`-v1:0`, `@20250929`,
 * `-2025-08-07`, `-latest`); the same with dashes for dots in the names of Claude.
 */
export function nameForms(model: string): string[] {
  const whole = model.toLowerCase();
  const forms = [whole];
  const add = (form: string) => {
    if (form !== '' && !forms.includes(form)) forms.push(form);
  };
  let form = whole.slice(whole.lastIndexOf('/') + 1).replace(bedrockPrefix, '');
  add(form);
  for (const ending of variantEndings) {
    form = form.replace(ending, '');
    add(form);
  }
  for (const dotted of [...forms]) if (dotted.startsWith('claude-')) add(dotted.replaceAll('.', '-'));
  return forms;
}

/** The same for flags, which do not differ between the variants of a host (`:free`, `:thinking`, `:cloud`). */
export function nameFormsOfAnyVariant(model: string): string[] {
  const forms = nameForms(model);
  const plain = nameForms(model.replace(/:[a-z][\w-]*$/i, ''));
  return [...new Set([...forms, ...plain])];
}
