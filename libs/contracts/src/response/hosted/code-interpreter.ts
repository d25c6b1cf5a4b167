import { z } from 'zod';
import { JsonObject } from '../../json.ts';

/** The memory limits of containers in OpenAI's API. */
export const MemoryLimit = z.enum(['1g', '4g', '16g', '64g']);
export type MemoryLimit = z.infer<typeof MemoryLimit>;

/** The container that a request names for what a tool runs. */
export const RequestContainer = z.discriminatedUnion('type', [
  /** The container of the last call in the context while it is there, else a new one. */
  z.object({
    type: z.literal('auto'),
    /** Files of the caller that the container gets. */
    fileIds: z.array(z.string()),
    /** Null: as much as every container has. */
    memoryLimit: MemoryLimit.nullable(),
  }),
  /** A container of the caller. */
  z.object({ type: z.literal('id'), id: z.string() }),
]);
export type RequestContainer = z.infer<typeof RequestContainer>;

/** Where the code of a request runs. */
export const CodeInterpreterOptions = z.object({ container: RequestContainer });
export type CodeInterpreterOptions = z.infer<typeof CodeInterpreterOptions>;

export const CodeInterpreterTool = z.object({
  kind: z.literal('code_interpreter'),
  options: CodeInterpreterOptions,
  declared: JsonObject,
});

/** What code printed and returned, or an image that it wrote, as a data URL. */
export const CodeOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('logs'), logs: z.string() }),
  z.object({ type: z.literal('image'), url: z.string() }),
]);
export type CodeOutput = z.infer<typeof CodeOutput>;

export const CodeInterpreterDetail = z.object({
  kind: z.literal('code_interpreter'),
  containerId: z.string(),
  /** Empty before the code has run. */
  outputs: z.array(CodeOutput),
});
export type CodeInterpreterDetail = z.infer<typeof CodeInterpreterDetail>;
