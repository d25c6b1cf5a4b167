export { directSchemas } from './direct-schemas.ts';
export { asks, end, says, ScriptedModel, type ScriptedCall, type ScriptedTurn } from './scripted-model.ts';
export { clientTool, ScriptedTools, serverTool, type ScriptedTool } from './scripted-tools.ts';
export { brokenRules, collectRun, type CollectedRun } from './collect-run.ts';
export { testLimits } from './fixtures.ts';
