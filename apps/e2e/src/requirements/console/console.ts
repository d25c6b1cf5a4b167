import { architecture, type Requirement } from '../requirement.ts';

/** What the pages of the console promise; the specs in `apps/e2e/src/console` prove it in a browser. */
export const consoleRequirements = {
  'console-page': architecture(
    'Map',
    'The console is served at /console, and / leads browsers there; it loads from its own origin only, and little',
  ),
  'console-frame': architecture(
    'Map',
    'Each page of the console can be used by keyboard, in light and dark, at 360 px, and has no fault that axe finds',
  ),
  'console-resume': architecture(
    'Map',
    'A page of the playground that is loaded again, or lost its connection, goes on after the last event that it read; the text is the stored one, and settings stay',
  ),
  'console-stop': architecture('Map', 'Stop cancels the run on the server, in each tab, and its text stays'),
  'console-approvals': architecture(
    'Map',
    'Each call that waits has a card in the conversation, with its arguments and without a dialog; a decision in one tab shows in the other',
  ),
  'console-long-arguments': architecture(
    'Map',
    '200 kB of streamed arguments make no task of 200 ms, and are parsed once',
  ),
} satisfies Record<string, Requirement>;
