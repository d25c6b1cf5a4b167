import { z } from 'zod';
import { JsonObject } from '../../json.ts';

/** The search of a run for deferred tools of its request. The engine runs it, since only the run knows the tools of its servers. */
export const ToolSearchTool = z.object({
  kind: z.literal('tool_search'),
  options: z.object({}),
  declared: JsonObject,
});
