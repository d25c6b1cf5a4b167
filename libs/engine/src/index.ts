export { runResponse } from './run-response.ts';
export { applyEvent, snapshot } from './apply-event.ts';
export { decide, decisionEvents } from './decisions.ts';
export type { RunLimits } from './limits.ts';
export type { LanguageModel, RunPorts, ToolCallRequest, ToolHost } from './ports.ts';
