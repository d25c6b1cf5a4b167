import type { Item, ModelDelta, Response, ResponseEvent } from '@antiphon/contracts';
import type { RunLimits } from '../limits.ts';
import type { LanguageModel, RunPorts, ToolHost } from '../ports.ts';
import { runResponse } from '../run-response.ts';
import type { SchemaChecker } from '../output-schema/schema-checker.ts';
import { countingIds, testCaller, testResponse } from '@antiphon/contracts/testing';
import { expect } from 'vitest';
import { collectRun, directSchemas, ScriptedTools, testLimits, type CollectedRun } from './index.ts';

export interface Scenario {
  model: LanguageModel;
  tools?: ToolHost;
  schemas?: SchemaChecker;
  response?: Response;
  history?: Item[] | (() => Promise<Item[]>);
  limits?: Partial<RunLimits>;
  signal?: AbortSignal;
  onBurst?: (burst: readonly ResponseEvent[]) => void | Promise<void>;
  onInternalError?: RunPorts['onInternalError'];
  seal?: RunPorts['seal'];
  sealSummary?: RunPorts['sealSummary'];
  takeBack?: RunPorts['takeBack'];
}

/** Runs a script to its end; every run is checked against the rules that hold for all. */
export function run(scenario: Scenario): Promise<CollectedRun> {
  const response = scenario.response ?? testResponse();
  const ports: RunPorts = {
    model: scenario.model,
    tools: scenario.tools ?? new ScriptedTools(),
    schemas: scenario.schemas ?? directSchemas,
    newId: countingIds(),
    now: () => 5_000,
    ...(scenario.onInternalError && { onInternalError: scenario.onInternalError }),
    ...(scenario.seal && { seal: scenario.seal }),
    ...(scenario.sealSummary && { sealSummary: scenario.sealSummary }),
    ...(scenario.takeBack && { takeBack: scenario.takeBack }),
  };
  const events = runResponse(
    testCaller,
    { response, history: scenario.history ?? [] },
    { ...testLimits, ...scenario.limits },
    ports,
    scenario.signal ?? new AbortController().signal,
  );
  return collectRun(response, events, scenario.onBurst);
}

export const types = (events: readonly ResponseEvent[]) => events.map((event) => event.type);
export const callsOf = (response: Response) =>
  response.output.filter((item) => item.type === 'function_call');
export const outputsOf = (response: Response) =>
  response.output.flatMap((item) => (item.type === 'function_call_output' ? [item.output] : []));
export const answerOf = (response: Response) => {
  const message = response.output.findLast((item) => item.type === 'message');
  return message?.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
};
export const text = (delta: string): ModelDelta => ({ type: 'text', text: delta });
export const textWith = (text: string): unknown => expect.stringContaining(text);
