/** The texts of forms that are made from a JSON schema. */
export const formTexts = {
  'form.unset': 'Not set',
  'form.entry': '{label} {number}',
  'form.add': 'Add to {label}',
  'form.remove': 'Remove entry {number}',
  'form.fault.required': 'A value is required',
  'form.fault.number': 'This is not a number',
  'form.fault.integer': 'This is not a whole number',
} as const satisfies Record<string, string>;
