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
} satisfies Record<string, Requirement>;
