import type { ApiRoute } from '../api-description.ts';
import { ToolOutputTaken } from './reply-schema.ts';
import { ToolOutput } from './schema.ts';

/** The routes that take what a caller's tools gave, below the responses of a dialect. */
export function toolOutputRoutes(base: string): ApiRoute[] {
  return (['tool_outputs', 'submit_tool_outputs'] as const).map((path) => ({
    method: 'post',
    path: `${base}/{id}/${path}`,
    name: path === 'tool_outputs' ? 'takeToolOutput' : 'submitToolOutputs',
    summary: 'The output of a tool that you ran, for the run that waits for it',
    body: ToolOutput,
    reply: { status: 200, description: 'The run has it', json: ToolOutputTaken },
  }));
}
