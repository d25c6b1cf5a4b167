import { rules, type Requirement } from '../requirement.ts';

/** The runs of all dialects, and the approvals that they wait for. */
export const runRequirements = {
  'runs-list': rules(
    'Runs and approvals',
    'The runs of all dialects are listed with their true status, page by page, by status, dialect, model, provider, API key and time',
  ),
  'runs-timeline': rules(
    'Runs and approvals',
    'The timeline of a run has its turns with model requests, tool calls and approvals, and whole outputs are downloads',
  ),
  'runs-timeline-live': rules(
    'Runs and approvals',
    'A timeline is a stream, too: it changes while the run goes on, with pauses, decisions and webhook deliveries, and agrees with the list',
  ),
  'approvals-decide': rules(
    'Runs and approvals',
    'Calls of each dialect that wait are listed and decided by accept, edit, reject and feedback; the run goes on',
  ),
  'approvals-wait': rules(
    'Runs and approvals',
    'With on_approval: wait, a background run of the openai dialect waits in its stream and goes on in it',
  ),
  'approvals-once': rules(
    'Runs and approvals',
    'Of two decisions about one call the first counts, the other is 409 with the decision that counts',
  ),
  'approvals-stream': rules(
    'Runs and approvals',
    'A stream of approvals has the calls that wait, then each that begins to wait, is decided, or whose run ends, on every instance',
  ),
  'approvals-scope': rules(
    'Runs and approvals',
    'The scope approvals lets a caller see and decide the approvals of its tenant, and the decision records its user; others get 404',
  ),
} satisfies Record<string, Requirement>;
