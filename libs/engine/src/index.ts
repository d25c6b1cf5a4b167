export { runResponse } from './run-response.ts';
export { assertRunnable } from './assert-runnable.ts';
export { countInput } from './count-input.ts';
export { applyEvent, snapshot } from './apply-event.ts';
export { decisionsIn } from './approvals.ts';
export { decide, type Decided, isPending } from './decisions.ts';
export { answerSchemas, rulesUses, wholeUse } from './check-output.ts';
export { describeIssue, pathName, type SchemaIssue } from './json-schema.ts';
export {
  compileUses,
  findFault,
  textOfUses,
  type SchemaChecker,
  type SchemaFault,
  type SchemaUse,
} from './schema-checker.ts';
export { hasAtMost, isCheapToCheck, isCheapToCompile } from './schema-cost.ts';
export { schemaWorkUrl } from './schema-work-url.ts';
export type { SchemaOutcome, SchemaTask } from './schema-work.ts';
export { catchUp, keepUnfinished } from './catch-up.ts';
export { rebuildEvents } from './rebuild-events.ts';
export { isLastEntry, Replay, toLogEntry, type LogEntry } from './replay.ts';
export type { RunLimits } from './limits.ts';
export type { LanguageModel, RunPorts, ToolCallRequest, ToolHost } from './ports.ts';
