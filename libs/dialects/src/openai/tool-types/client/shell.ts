import {
  type FunctionCallItem,
  type HostedTool,
  JsonObject,
  MemoryLimit,
  type NetworkPolicy,
  read,
  type RequestContainer,
  type RequestPath,
  textOf,
} from '@antiphon/contracts';
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
const filesMax = 1_000;
const id = z.string().min(1).max(64);
const domainsMax = 100;
const Network = z.discriminatedUnion('type', [
  z.object({ type: z.literal('disabled') }),
  z.object({
    type: z.literal('allowlist'),
    allowed_domains: z
      .array(z.string().regex(/^[\w.-]{1,253}$/, 'must be a domain'))
      .min(1)
      .max(domainsMax),
    domain_secrets: refused('must be left out: send secrets within the commands'),
  }),
]);
const Environment = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('local'), skills: z.array(Skill).max(skillsMax).nullish() }),
    z.object({
      type: z.literal('container_auto'),
      file_ids: z.array(id).max(filesMax).nullish(),
      memory_limit: MemoryLimit.nullish(),
      network_policy: Network.nullish(),
      skills: refused('must be left out: containers have no skills here; send their files as file_ids'),
    }),
    z.object({ type: z.literal('container_reference'), container_id: id }),
  ],
  {
    error:
      'must be "local", where your program runs the commands, or "container_auto" or "container_reference", where this server runs them',
  },
);
const Options = z.object({
  environment: Environment.nullish(),
  allowed_callers: AllowedCallers.nullish(),
  network_policy: refused('must be left out: it is a field of an environment'),
});

const ContainerReference = z.object({
  type: z.literal('container_reference'),
  container_id: z.string().min(1).max(128),
});
const Item = z.object({ action: ShellAction });
const RanItem = z.object({ environment: ContainerReference });
const lengthMax = z.int().positive().nullish();
const Output = z.object({ output: CommandOutputs, max_output_length: lengthMax });
const Stored = z.object({ output: CommandOutputs, max_output_length: lengthMax });

/** Shell commands on the caller's machine, or in a container of this system. */
export const shell = actionTool({
  kind: 'shell',
  types: ['shell'],
  describe: (declared) =>
    `Runs shell commands on the user's machine. The output of each has stdout, stderr and an outcome: its exit code, or that its time was over.${describeSkills(declared)}`,
  options: Options,
  hosted: inContainer,
  arguments: ShellAction,
  call: {
    type: 'shell_call',
    encode: (args, call) => ({
      action: {
        commands: args?.commands ?? [],
        timeout_ms: args?.timeout_ms ?? null,
        max_output_length: args?.max_output_length ?? null,
      },
      environment: environmentOf(call),
    }),
    decode: (item, path) => read(Item, item, path).action,
    detail(item) {
      const ran = RanItem.safeParse(item).data?.environment;
      return ran && { kind: 'shell', containerId: ran.container_id };
    },
  },
  output: {
    type: 'shell_call_output',
    decode(item, path) {
      const { output, max_output_length } = read(Output, item, path);
      return jsonText({ output, ...(max_output_length && { max_output_length }) });
    },
    encode(output, call) {
      const stored = valueOfText(Stored, output);
      return {
        output: stored?.output ?? commandsOf(textOf(output), call),
        max_output_length: stored?.max_output_length ?? null,
      };
    },
    between(emit, fields, place) {
      for (const [index, command] of CommandOutputs.parse(fields['output']).entries()) {
        const { stdout, stderr } = command;
        const at = { ...place, command_index: index };
        if (stdout !== '' || stderr !== '')
          emit('response.shell_call_output_content.delta', { ...at, delta: { stdout, stderr } });
        emit('response.shell_call_output_content.done', { ...at, output: [command] });
      }
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

/** The tool where its environment is a container. */
function inContainer(declared: unknown, path: RequestPath): HostedTool | null {
  const { environment } = read(Options, declared, path);
  if (!environment || environment.type === 'local') return null;
  const container: RequestContainer =
    environment.type === 'container_reference'
      ? { type: 'id', id: environment.container_id }
      : {
          type: 'auto',
          fileIds: environment.file_ids ?? [],
          memoryLimit: environment.memory_limit ?? null,
        };
  const policy = environment.type === 'container_auto' ? networkOf(environment.network_policy) : undefined;
  const options = { container, ...(policy && { network: policy }) };
  return { kind: 'shell', options, declared: read(JsonObject, declared, path) };
}

function networkOf(policy: z.output<typeof Network> | null | undefined): NetworkPolicy | undefined {
  if (policy?.type !== 'allowlist') return policy ?? undefined;
  return { type: policy.type, domains: policy.allowed_domains };
}

/** Where a call runs: on the caller's machine, or in the container that it began with. */
function environmentOf({ executor, detail }: FunctionCallItem) {
  if (executor === 'client') return { type: 'local' };
  if (detail?.kind !== 'shell') return null;
  return { type: 'container_reference', container_id: detail.containerId };
}

/** A text that is not the outputs of commands: what a caller sent in another form, or why a call of this system failed. */
function commandsOf(text: string, call: FunctionCallItem | undefined): z.output<typeof CommandOutputs> {
  if (text === '') return [];
  if (!call?.error) return [{ stdout: text, stderr: '', outcome: { type: 'exit', exit_code: 0 } }];
  const isOverTime = call.error.code === 'tool_timeout';
  const outcome = isOverTime ? { type: 'timeout' as const } : { type: 'exit' as const, exit_code: 1 };
  return [{ stdout: '', stderr: text, outcome }];
}

/** The skills of the environment, which the model reads when it needs one. */
function describeSkills(declared: unknown): string {
  const environment = Options.safeParse(declared).data?.environment;
  const skills = (environment?.type === 'local' && environment.skills) || [];
  if (skills.length === 0) return '';
  const lines = skills.map(({ name, description, path }) => `- ${name} (${path}): ${description}`);
  return ` These skills are folders with instructions; read one's SKILL.md before you use it:\n${lines.join('\n')}`;
}
