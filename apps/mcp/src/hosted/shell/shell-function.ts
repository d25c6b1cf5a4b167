import { newId, type Source } from '@antiphon/contracts';
import { z } from 'zod';
import { beginningAsJson, jsonOutput } from '../../host/tool-output.ts';
import { defineTool, type RegisteredTool, type ToolOutput } from '../../host/tool.ts';
import { dataRoot, filesSentence } from '../../python/data/data-files.ts';
import type { ShellAnswer, ShellCall } from '../../shell/shell.ts';
import { citable, shownMark } from '../citable-sources.ts';

/** How the function runs commands. */
export interface ShellRunning {
  timeoutMs: number;
  /** Commands of one call. */
  commandsMax: number;
  /** For each of the two outputs of a command. */
  outputBytesMax: number;
  /** For the whole result. */
  resultBytesMax: number;
  /** The files in the container, as far as they are known before the first call. */
  filenames: readonly string[];
  run(call: Omit<ShellCall, 'memoryMb' | 'data'>, signal: AbortSignal): Promise<ShellAnswer>;
}

const commandCharactersMax = 100_000;
/** Written files that the result names. */
const shownFilesMax = 20;
/** The part of the whole result for what is beside the outputs: notes, and the names of files. */
const restShare = 1 / 4;
const frameBytes = 128;
const outputBytesMin = 64;

/** The function that runs commands in the container that its call begins with. Its output is JSON, as that of a shell of the caller. */
export function shellFunction(running: ShellRunning): RegisteredTool {
  return defineTool({
    name: 'shell',
    description: describe(running.filenames),
    parameters: parametersOf(running.commandsMax),
    // They change nothing but the container. Commands that may have run are not run again: they would find their own files.
    annotations: { readOnly: false, idempotent: false, destructive: false },
    approval: 'never',
    timeoutMs: running.timeoutMs,
    async run({ commands, timeout_ms, max_output_length }, { caller, idempotencyKey, detail }, signal) {
      const containerId = detail?.kind === 'shell' ? detail.containerId : newId('container');
      const share = (running.resultBytesMax * (1 - restShare)) / (2 * commands.length) - frameBytes;
      const outputBytesMax = Math.min(running.outputBytesMax, Math.max(Math.floor(share), outputBytesMin));
      const call = { caller, commands, containerId, timeoutMs: timeout_ms ?? null, outputBytesMax };
      const answer = await running.run(call, signal);
      return outputOf(answer, {
        containerId,
        idempotencyKey,
        outputBytesMax,
        maxLength: max_output_length ?? null,
      });
    },
  });
}

function parametersOf(commandsMax: number) {
  return z.object({
    commands: z
      .array(z.string().min(1).max(commandCharactersMax))
      .min(1)
      .max(commandsMax)
      .describe('Shell commands. They run one after the other, each in a shell of its own.'),
    timeout_ms: z
      .int()
      .positive()
      .nullish()
      .describe('Milliseconds after which they are stopped, all together.'),
    max_output_length: z
      .int()
      .positive()
      .nullish()
      .describe('Characters of output to return of each command.'),
  });
}

function describe(filenames: readonly string[]): string {
  return (
    'Runs shell commands with bash in a Linux container. The output of each has stdout, stderr and an outcome: its exit code, or that its time was over. ' +
    `Files in ${dataRoot}, where the commands start, are kept for the next call and the user can download them.${filesSentence(filenames)} ` +
    'Files elsewhere and processes that still run are gone after the call.'
  );
}

function outputOf(
  { output, changes: { saved, notes } }: ShellAnswer,
  place: { containerId: string; idempotencyKey: string; outputBytesMax: number; maxLength: number | null },
): ToolOutput {
  const { containerId, idempotencyKey, outputBytesMax, maxLength } = place;
  const shown = (text: string) =>
    beginningAsJson(maxLength === null ? text : text.slice(0, maxLength), outputBytesMax);
  const sources = citable(
    idempotencyKey,
    saved.slice(0, shownFilesMax).map(({ id, path }): Source => {
      const title = path.slice(path.lastIndexOf('/') + 1);
      return { type: 'container_file', containerId, fileId: id, url: '', title };
    }),
  );
  const files = sources.map((source, at) => `${shownMark(source)} ${dataRoot}/${saved[at]?.path ?? ''}`);
  const [first] = sources;
  const citing =
    first &&
    `Where your answer names a written file for the user, write its mark, such as ${shownMark(first)}, directly after the name: the user gets the file there. Write no other link to it.`;
  const all = [...notes, ...(citing ? [citing] : [])];
  const text = jsonOutput({
    output: output.map(({ stdout, stderr, outcome }) => ({
      stdout: shown(stdout),
      stderr: shown(stderr),
      outcome,
    })),
    ...(maxLength !== null && { max_output_length: maxLength }),
    ...(files.length > 0 && { files }),
    ...(all.length > 0 && { notes: all }),
  });
  return { text, sources, detail: { kind: 'shell', containerId } };
}
