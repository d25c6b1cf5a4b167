/** The texts of the items of a run. */
export const itemsTexts = {
  'call.arguments': 'Arguments',
  'call.output': 'Output',
  'call.raw': 'Raw',
  'call.parsed': 'Parsed',
  'call.download': 'Download',
  'call.truncated': 'The first {shown} of {total}',
  'call.binary': '{type}, {size}',
} as const satisfies Record<string, string>;
