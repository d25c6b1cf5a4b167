/** The texts of the editors of JSON and templates, of the forms that JSON schemas make, and of the comparison of two texts. */
export const editorTexts = {
  'editor.fault': 'Line {line}, column {column}: {why}',
  'editor.unchanged': '$ unchanged lines',
  'editor.same': 'There is no difference.',
  'arguments.view.form': 'Form',
  'arguments.view.json': 'JSON',
  'arguments.json': 'Arguments as JSON',
  'arguments.unset': 'Not set',
  'arguments.entry': '{label} {number}',
  'arguments.add': 'Add to {label}',
  'arguments.remove': 'Remove entry {number}',
  'arguments.fault.required': 'A value is required',
  'arguments.fault.number': 'This is not a number',
  'arguments.fault.integer': 'This is not a whole number',
} as const satisfies Record<string, string>;
