import { defineRoute } from '@antiphon/contracts';
import { ToolOutputTaken } from './reply-schema.ts';
import { ToolOutput } from './schema.ts';

/** The routes that take the outputs of a caller's tools, below the responses of a dialect. The second path is the one that clients use. */
export function toolOutputRoutes<const Base extends string>(base: Base) {
  const common = {
    method: 'post',
    summary: 'Send the output of a tool that you ran to the run that waits for it',
    body: ToolOutput,
    reply: { status: 200, description: 'The run received the output', json: ToolOutputTaken },
  } as const;
  return {
    take: defineRoute({ ...common, path: `${base}/{id}/tool_outputs`, name: 'takeToolOutput' }),
    submit: defineRoute({ ...common, path: `${base}/{id}/submit_tool_outputs`, name: 'submitToolOutputs' }),
  };
}
