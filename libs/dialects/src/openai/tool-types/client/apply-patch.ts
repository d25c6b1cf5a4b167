import { type JsonObject, read, textOf } from '@antiphon/contracts';
import { z } from 'zod';
import { AllowedCallers } from '../../schema.ts';
import { PatchOperation } from '../../replies/client-calls.ts';
import { actionTool, jsonText, valueOfText } from './action-tool.ts';

const Arguments = z.object({ operation: PatchOperation });
const Output = z.object({ status: z.enum(['completed', 'failed']), output: z.string().nullish() });

const description = `Creates, changes or deletes one file of the user. A diff has no line numbers:
- create_file: every line of the new file begins with "+".
- update_file: each change begins with a line "@@", which may name the function or class around it ("@@ def total():"). Then about three unchanged lines before and after the change, each with a leading space; removed lines begin with "-", added lines with "+". The unchanged and removed lines must stand in the file exactly so.
- delete_file: no diff.`;

const offered: JsonObject = {
  type: 'object',
  properties: {
    operation: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: { type: 'string', description: 'The path of the file.' },
        diff: { type: 'string', description: 'The diff; left out for delete_file.' },
      },
      required: ['type', 'path'],
    },
  },
  required: ['operation'],
};

/** Changes of the caller's files. */
export const applyPatch = actionTool({
  kind: 'apply_patch',
  types: ['apply_patch'],
  describe: () => description,
  options: z.object({ allowed_callers: AllowedCallers.nullish() }),
  arguments: Arguments,
  narrow: () => ({ offered }),
  call: {
    type: 'apply_patch_call',
    encode: (args) => ({ operation: args?.operation ?? { type: 'update_file', path: '', diff: '' } }),
    decode: (item, path) => read(Arguments, item, path),
  },
  output: {
    type: 'apply_patch_call_output',
    decode(item, path) {
      const { status, output } = read(Output, item, path);
      return jsonText({ status, ...(output && { output }) });
    },
    encode(output) {
      const stored = valueOfText(Output, output);
      return stored
        ? { status: stored.status, output: stored.output ?? null }
        : { status: 'completed', output: textOf(output) };
    },
  },
});
