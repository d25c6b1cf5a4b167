import { architecture, type Requirement } from '../requirement.ts';

/** What the pages of the console promise; the specs in `apps/e2e/src/console` prove it in a browser. */
export const consoleRequirements = {
  'console-30-first-load': architecture(
    'Map',
    'The console is served at /console, and / leads browsers there; it loads from its own origin only, and little',
  ),
  'console-20-accessible': architecture(
    'Map',
    'Each page of the console can be used by keyboard, in light and dark, at 360 px, and has no fault that axe finds',
  ),
  'console-1-resume': architecture(
    'Map',
    'A page of the playground that is loaded again, or lost its connection, goes on after the last event that it read; the text is the stored one, and settings stay',
  ),
  'console-2-stop': architecture(
    'Map',
    'Stop cancels the run on the server, in each tab; its text stays, and the conversation goes on from it',
  ),
  'console-3-inline-approvals': architecture(
    'Map',
    'Each call that waits has a card in the conversation, with its arguments and without a dialog; a decision in one tab shows in the other',
  ),
  'console-11-long-arguments': architecture(
    'Map',
    '200 kB of streamed arguments make no task of 200 ms, and are parsed once',
  ),
  'console-19-one-live-region': architecture(
    'Map',
    'One status line of the console speaks: that a run started, needs approval, or is done',
  ),
  'console-21-time-zone': architecture(
    'Map',
    'All times of the console are in one time zone, which its user chooses',
  ),
  'console-23-no-credentials': architecture(
    'Map',
    'No credential of the console is in its URL, in storage that a script reads, in a readable cookie or in a log',
  ),
  'console-27-catalogue': architecture('Map', 'Every text of the console is in its catalogue'),
  'console-28-tabs': architecture(
    'Map',
    'Two tabs of the console, and duplicated ones, survive the renewal of their tokens, and the end of the login ends in all',
  ),
  'console-server-away': architecture(
    'Map',
    'The console says that the server is away and when it is back, and loses nothing that was typed',
  ),
  'console-settings': architecture(
    'Map',
    'API keys are made with scopes and an expiry, shown once, and revoked; the theme is chosen',
  ),
  'console-first-steps': architecture(
    'Map',
    'An empty playground of the local user says that the demo answers, and has prompts that run with one key',
  ),
  'console-12-large-output': architecture(
    'Map',
    'Of an output of 20 MB the page reads the head alone, and downloads all of it on request; base64 is shown as its type and size',
  ),
  'console-13-many-runs': architecture(
    'Map',
    'Of 100,000 runs the list requests one page at a time, and has fewer than 60 rows in the document',
  ),
  'console-14-fits': architecture(
    'Map',
    'The timeline of a run fits the page when it is opened, whether the run took 10 ms or 2 h, and its last bar can be reached',
  ),
  'console-15-running': architecture(
    'Map',
    'The bar of what runs ticks, and the list of runs and a run agree on its status and duration',
  ),
  'console-16-address': architecture(
    'Map',
    'Filters, tabs and selected items are in the address, and Back undoes filters and tabs',
  ),
  'console-17-lists': architecture('Map', 'Arrow keys, Home and End move through lists and trees'),
  'console-22-no-markup': architecture(
    'Map',
    'Texts of models, tools and users run no script and request nothing; images of other hosts are links',
  ),
} satisfies Record<string, Requirement>;
