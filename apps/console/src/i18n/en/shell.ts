/** The texts of the frame of every page, and what all pages share. */
export const shellTexts = {
  'app.skip': 'Skip to the content',
  'app.menu': 'Menu',

  'signIn.title': 'Sign in',
  'signIn.key': 'API key or access token',
  'signIn.hint': 'It stays in the memory of this page.',
  'signIn.submit': 'Sign in',

  'nav.playground': 'Playground',
  'nav.runs': 'Runs',
  'nav.approvals': 'Approvals',
  'nav.pending': '{count, plural, one {# call waits} other {# calls wait}}',

  'state.loading': 'Loading',
  'state.away': 'The server cannot be reached',
  'state.away.more': 'Nothing that you typed is lost. The console tries again by itself.',
  'state.failed': 'That did not work',
  'state.retry': 'Try again',
  'state.noPage': 'There is no such page',

  'status.queued': 'Queued',
  'status.in_progress': 'Running',
  'status.requires_action': 'Waits for a decision',
  'status.completed': 'Completed',
  'status.incomplete': 'Incomplete',
  'status.failed': 'Failed',
  'status.cancelled': 'Cancelled',

  'list.more': 'Show more',
} as const satisfies Record<string, string>;
