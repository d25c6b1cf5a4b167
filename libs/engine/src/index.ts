export { runResponse } from './run-response.ts';
export { assertRunnable } from './turn/assert-runnable.ts';
export { countInput } from './turn/count-input.ts';
export { applyEvent, snapshot } from './journal/apply-event.ts';
export { decisionsIn } from './tools/approvals.ts';
export { decide, type Decided, type DecidedBy, isPending } from './tools/decisions.ts';
export { answerSchemas, rulesUses, wholeUse } from './output-schema/check-output.ts';
export { describeIssue, pathName, type SchemaIssue } from './output-schema/schema-issue.ts';
export {
  compileUses,
  findFault,
  textOfUses,
  type SchemaChecker,
  type SchemaFault,
  type SchemaUse,
} from './output-schema/schema-checker.ts';
export { hasAtMost, isCheapToCheck, isCheapToCompile } from './output-schema/schema-cost.ts';
export { schemaWorkUrl } from './output-schema/schema-work-url.ts';
export type { SchemaOutcome, SchemaTask } from './output-schema/schema-work.ts';
export { catchUp, keepUnfinished } from './journal/catch-up.ts';
export { rebuildEvents } from './journal/rebuild-events.ts';
export { isLastEntry, Replay, toLogEntry, type LogEntry } from './journal/replay.ts';
export type { RunLimits } from './limits.ts';
export type { HostedListing, LanguageModel, RunPorts, ToolCallRequest, ToolHost } from './ports.ts';
