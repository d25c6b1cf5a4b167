import { architecture, type Requirement } from '../requirement.ts';

/** What the console and the API promise those who operate: usage and webhook deliveries. */
export const operateRequirements = {
  'console-21-days-add-up': architecture(
    'Map',
    'The days of usage are days of one time zone and add up to the range, also where summer time begins',
  ),
  'console-usage': architecture(
    'Map',
    'A finished run is counted once by model and key; the figures of 100,000 runs are one request, and each leads to the runs behind it',
  ),
  'console-webhooks': architecture(
    'Map',
    'The console registers an endpoint and shows its secret once; it shows what was delivered, attempt by attempt, and sends it again',
  ),
} satisfies Record<string, Requirement>;
