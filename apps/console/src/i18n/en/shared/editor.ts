/** The texts of the editors of JSON and templates, of the forms that JSON schemas make, and of the comparison of two texts. */
export const editorTexts = {
  'editor.fault': 'Line {line}, column {column}: {why}',
  'editor.unchanged': '$ unchanged lines',
  'editor.same': 'There is no difference.',
  'editor.inexact': '{number} is too large: it would change',
  'form.view.form': 'Form',
  'form.view.json': 'JSON',
  'form.json': '{label} as JSON',
  'form.object': 'must be a JSON object',
  'form.unset': 'Not set',
  'form.entry': '{label} {number}',
  'form.add': 'Add to {label}',
  'form.remove': 'Remove entry {number}',
  'form.fault.required': 'A value is required',
  'form.fault.number': 'This is not a number',
  'form.fault.integer': 'This is not a whole number',
} as const satisfies Record<string, string>;
