/** The texts of the editors of JSON and templates, and of the comparison of two texts. */
export const editorTexts = {
  'editor.fault': 'Line {line}, column {column}: {why}',
  'editor.unchanged': '$ unchanged lines',
  'editor.same': 'There is no difference.',
} as const satisfies Record<string, string>;
