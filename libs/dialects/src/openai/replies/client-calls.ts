import { z } from 'zod';

/*
 * The items of tools that the caller runs beside functions: what the model wants done, and what the caller reports; those of a shell also where this system runs it. The schemas of the actions
 * are also those of the functions that models call.
 */

const status = z.enum(['in_progress', 'completed', 'incomplete']);
const Call = z.looseObject({ id: z.string().min(1), call_id: z.string().min(1), status });
const milliseconds = z.int().positive();

export const LocalShellAction = z.object({
  command: z.array(z.string()).min(1).describe('The program and its arguments.'),
  env: z.record(z.string(), z.string()).optional().describe('Environment variables to set.'),
  working_directory: z.string().nullish().describe('The folder to run it in.'),
  timeout_ms: milliseconds.nullish().describe('Milliseconds after which it is stopped.'),
  user: z.string().nullish().describe('The user to run it as.'),
});

export const ShellAction = z.object({
  commands: z.array(z.string()).min(1).describe('Shell commands. They may run at the same time.'),
  timeout_ms: milliseconds.nullish().describe('Milliseconds after which each command is stopped.'),
  max_output_length: z.int().positive().nullish().describe('Characters of output to return of each command.'),
});

const path = z.string().describe('The path of the file.');
const diff = z.string().describe('For create_file and update_file: the diff.');
export const PatchOperation = z.discriminatedUnion('type', [
  z.object({ type: z.literal('create_file'), path, diff }),
  z.object({ type: z.literal('update_file'), path, diff }),
  z.object({ type: z.literal('delete_file'), path }),
]);

const point = { x: z.number(), y: z.number() };
const keys = z.array(z.string()).nullish();
export const ComputerAction = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('click'),
    button: z.enum(['left', 'right', 'wheel', 'back', 'forward']).default('left'),
    ...point,
    keys,
  }),
  z.object({ type: z.literal('double_click'), ...point, keys: keys.default(null) }),
  z.object({ type: z.literal('drag'), path: z.array(z.object(point)).min(2), keys }),
  z.object({ type: z.literal('keypress'), keys: z.array(z.string()).min(1) }),
  z.object({ type: z.literal('move'), ...point, keys }),
  z.object({ type: z.literal('screenshot') }),
  z.object({ type: z.literal('scroll'), ...point, scroll_x: z.number(), scroll_y: z.number(), keys }),
  z.object({ type: z.literal('type'), text: z.string() }),
  z.object({ type: z.literal('wait') }),
]);

const CommandOutput = z.looseObject({
  stdout: z.string(),
  stderr: z.string(),
  outcome: z.discriminatedUnion('type', [
    z.looseObject({ type: z.literal('timeout') }),
    z.looseObject({ type: z.literal('exit'), exit_code: z.int() }),
  ]),
});
const SafetyCheck = z.looseObject({ id: z.string() });

export const clientCalls = [
  Call.extend({
    type: z.literal('local_shell_call'),
    action: LocalShellAction.extend({
      type: z.literal('exec'),
      command: z.array(z.string()),
      env: z.record(z.string(), z.string()),
    }),
  }),
  z.looseObject({
    type: z.literal('local_shell_call_output'),
    id: z.string().min(1),
    call_id: z.string().min(1),
    status,
    output: z.string(),
  }),
  Call.extend({
    type: z.literal('shell_call'),
    action: z.looseObject({
      commands: z.array(z.string()),
      timeout_ms: milliseconds.nullable(),
      max_output_length: z.int().positive().nullable(),
    }),
    environment: z
      .discriminatedUnion('type', [
        z.looseObject({ type: z.literal('local') }),
        z.looseObject({ type: z.literal('container_reference'), container_id: z.string() }),
      ])
      .nullable(),
  }),
  Call.extend({
    type: z.literal('shell_call_output'),
    output: z.array(CommandOutput),
    max_output_length: z.int().positive().nullable(),
  }),
  Call.extend({ type: z.literal('apply_patch_call'), operation: PatchOperation }),
  Call.extend({
    type: z.literal('apply_patch_call_output'),
    status: z.enum(['completed', 'failed']),
    output: z.string().nullable(),
  }),
  Call.extend({
    type: z.literal('computer_call'),
    action: ComputerAction.optional(),
    actions: z.array(ComputerAction).optional(),
    pending_safety_checks: z.array(SafetyCheck),
  }),
  Call.extend({
    type: z.literal('computer_call_output'),
    output: z.looseObject({
      type: z.literal('computer_screenshot'),
      /** Left out where a list of items does not include it. */
      image_url: z.string().optional(),
      file_id: z.string().optional(),
    }),
    acknowledged_safety_checks: z.array(SafetyCheck),
  }),
] as const;

/** The outputs of shell commands, as callers report them. */
export const CommandOutputs = z.array(CommandOutput).max(100);
