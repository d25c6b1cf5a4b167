export { runResponse } from './run-response.ts';
export { applyEvent, snapshot } from './apply-event.ts';
export { decisionsIn } from './approvals.ts';
export { decide, type Decided, isPending } from './decisions.ts';
export type { RunLimits } from './limits.ts';
export type { LanguageModel, RunPorts, ToolCallRequest, ToolHost } from './ports.ts';
