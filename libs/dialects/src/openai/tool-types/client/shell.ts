import { read, textOf } from '@antiphon/contracts';
import { z } from 'zod';
import { AllowedCallers, refused } from '../../schema.ts';
import { CommandOutputs, ShellAction } from '../../replies/client-calls.ts';
import { actionTool, jsonText, valueOfText } from './action-tool.ts';

const skillsMax = 100;
const Skill = z.object({
  name: z.string().min(1).max(200),
  description: z.string().max(4_096),
  path: z.string().min(1).max(4_096),
});
const Environment = z.object({
  type: z.literal('local', {
    error: 'must be "local": this server has no containers with a shell; your program runs the commands',
  }),
  skills: z.array(Skill).max(skillsMax).nullish(),
});
const Options = z.object({
  environment: Environment.nullish(),
  allowed_callers: AllowedCallers.nullish(),
  network_policy: refused('must be left out: the commands run on your machine'),
});

const Item = z.object({ action: ShellAction });
const lengthMax = z.int().positive().nullish();
const Output = z.object({ output: CommandOutputs, max_output_length: lengthMax });
const Stored = z.object({ output: CommandOutputs, max_output_length: lengthMax });

/** Shell commands on the caller's machine. */
export const shell = actionTool({
  kind: 'shell',
  types: ['shell'],
  describe: (declared) =>
    `Runs shell commands on the user's machine. The output of each has stdout, stderr and an outcome: its exit code, or that its time was over.${describeSkills(declared)}`,
  options: Options,
  arguments: ShellAction,
  call: {
    type: 'shell_call',
    encode: (args) => ({
      action: {
        commands: args?.commands ?? [],
        timeout_ms: args?.timeout_ms ?? null,
        max_output_length: args?.max_output_length ?? null,
      },
      environment: { type: 'local' },
    }),
    decode: (item, path) => read(Item, item, path).action,
  },
  output: {
    type: 'shell_call_output',
    decode(item, path) {
      const { output, max_output_length } = read(Output, item, path);
      return jsonText({ output, ...(max_output_length && { max_output_length }) });
    },
    encode(output) {
      const stored = valueOfText(Stored, output);
      return {
        output: stored?.output ?? [
          { stdout: textOf(output), stderr: '', outcome: { type: 'exit', exit_code: 0 } },
        ],
        max_output_length: stored?.max_output_length ?? null,
      };
    },
  },
  between(emit, { commands }, outputIndex) {
    for (const [index, command] of commands.entries()) {
      const place = { output_index: outputIndex, command_index: index };
      emit('response.shell_call_command.added', { ...place, command: '' });
      emit('response.shell_call_command.delta', { ...place, delta: command });
      emit('response.shell_call_command.done', { ...place, command });
    }
  },
});

/** The skills of the environment, which the model reads when it needs one. */
function describeSkills(declared: unknown): string {
  const skills = Options.safeParse(declared).data?.environment?.skills ?? [];
  if (skills.length === 0) return '';
  const lines = skills.map(({ name, description, path }) => `- ${name} (${path}): ${description}`);
  return ` These skills are folders with instructions; read one's SKILL.md before you use it:\n${lines.join('\n')}`;
}
