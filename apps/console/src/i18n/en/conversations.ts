/** The texts of the conversations and their turns. */
export const conversationsTexts = {
  'conversations.empty': 'No conversations yet',
  'conversations.empty.more': 'A request that names a conversation, or an agent’s first message, begins one.',
  'conversations.created': 'Begun',
  'conversations.updated': 'Last turn',
  'conversations.turns': 'Turns',
  'conversations.noTurns': 'This conversation has no stored turns',
  'conversations.branch': 'Branch',
  'conversations.continue': 'Continue in the playground',
  'conversations.run': 'Show the run',
} as const satisfies Record<string, string>;
