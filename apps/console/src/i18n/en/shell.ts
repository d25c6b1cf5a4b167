/** The texts of the frame of every page, and what all pages share. */
export const shellTexts = {
  'app.skip': 'Skip to the content',
  'app.menu': 'Menu',
  'app.menu.open': 'Open the menu',
  'app.menu.close': 'Close the menu',
  'app.localUser': 'Local user',

  'signIn.title': 'Sign in',
  'signIn.key': 'API key or access token',
  'signIn.hint': 'It is exchanged for a session of this browser, and not kept.',
  'signIn.submit': 'Sign in',
  'signIn.or': 'or',
  'signIn.back': 'Back',
  'signIn.guest': 'Continue as a guest',
  'signIn.kept': 'Your session has ended. What you typed is still there.',

  'nav.playground': 'Playground',
  'nav.runs': 'Runs',
  'nav.approvals': 'Approvals',
  'nav.settings': 'Settings',
  'nav.group.work': 'Work',
  'nav.group.build': 'Build',
  'nav.group.operate': 'Operate',
  'nav.pending': '{count, plural, one {# call waits} other {# calls wait}}',

  'state.loading': 'Loading',
  'state.away': 'The server cannot be reached',
  'state.away.more': 'Nothing that you typed is lost. The console tries again by itself.',
  'state.back': 'The server is back',
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
