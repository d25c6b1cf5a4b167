import {
  type CitableSource,
  type CodeInterpreterDetail,
  type CodeOutput,
  newId,
  type Source,
} from '@antiphon/contracts';
import { z } from 'zod';
import type { ContainerRun } from '../../containers/container-python.ts';
import { beginningAsJson } from '../../host/tool-output.ts';
import { defineTool, type RegisteredTool, type ToolContext, type ToolOutput } from '../../host/tool.ts';
import { type DataFile, dataRoot, filesSentence } from '../../python/data/data-files.ts';
import type { PythonAnswer } from '../../python/python-runner.ts';
import { citable, shownMark } from '../citable-sources.ts';

/** How the function runs code. */
export interface CodeRunning {
  timeoutMs: number;
  /** For each text of a result. */
  outputBytesMax: number;
  /** The files in the container, as far as they are known before the first call. */
  filenames: readonly string[];
  run(
    call: Pick<ToolContext, 'caller' | 'idempotencyKey'> & { containerId: string; code: string },
    signal: AbortSignal,
  ): Promise<ContainerRun>;
  /** The image that a file holds, as a data URL; null for a file that is none or too large. */
  imageOf: (file: DataFile) => Promise<string | null>;
}

const Parameters = z.object({
  code: z
    .string()
    .min(1)
    .max(100_000)
    .describe('Python 3 source. What it prints and the value of its last expression are the output.'),
});

const imagesMax = 4;

/** The function that runs code in the container that its call begins with. */
export function codeFunction(running: CodeRunning): RegisteredTool {
  return defineTool({
    name: 'code_interpreter',
    description: describe(running.filenames),
    parameters: Parameters,
    // It changes nothing but the container. Code that may have run is not run again: it would find its own files.
    annotations: { readOnly: false, idempotent: false, destructive: false },
    approval: 'never',
    timeoutMs: running.timeoutMs,
    async run({ code }, { caller, idempotencyKey, detail }, signal) {
      const containerId = detail?.kind === 'code_interpreter' ? detail.containerId : newId('container');
      const result = await running.run({ caller, idempotencyKey, containerId, code }, signal);
      return outputOf(result, { containerId, idempotencyKey }, running);
    },
  });
}

function describe(filenames: readonly string[]): string {
  return (
    'Runs Python code and gives what it prints and the value of its last expression. Use it to compute, to check an answer, to work on data and to ' +
    `write files. Variables and imports stay for the next call. Files in ${dataRoot}, where the code starts, are kept and the user can download them.${filesSentence(filenames)} ` +
    'It has the standard library, no network, and no packages such as numpy, pandas, matplotlib or pillow unless the import of one succeeds. Print what you want to see.'
  );
}

async function outputOf(
  { answer, isRestarted }: ContainerRun,
  { containerId, idempotencyKey }: { containerId: string; idempotencyKey: string },
  { outputBytesMax, imageOf }: CodeRunning,
): Promise<ToolOutput> {
  const { saved, notes } = answer.changes ?? { saved: [], notes: [] };
  const logs = logsOf(answer, outputBytesMax);
  const sources = citable(
    idempotencyKey,
    saved.map(({ id, path }): Source => {
      const title = path.slice(path.lastIndexOf('/') + 1);
      return { type: 'container_file', containerId, fileId: id, url: '', title };
    }),
  );
  const sections = [
    logs === '' ? 'The code printed nothing.' : logs,
    ...(isRestarted
      ? [
          `The interpreter was started anew: variables of earlier code are gone, files in ${dataRoot} are there.`,
        ]
      : []),
    ...notes,
    ...(sources.length > 0 ? [shownFiles(saved, sources)] : []),
  ];
  const outputs: CodeOutput[] = logs === '' ? [] : [{ type: 'logs', logs }];
  for (const url of await imagesIn(saved, imageOf)) outputs.push({ type: 'image', url });
  const detail: CodeInterpreterDetail = { kind: 'code_interpreter', containerId, outputs };
  return { text: sections.join('\n\n'), sources, detail };
}

/** What the code printed, the value of its last expression and its error, as a console shows them. */
function logsOf({ stdout, stderr, result, error }: PythonAnswer, bytesMax: number): string {
  return [stdout, stderr, result, error]
    .flatMap((text) => (text === null || text === '' ? [] : [beginningAsJson(text, bytesMax)]))
    .map((text, place, all) => (place < all.length - 1 && !text.endsWith('\n') ? `${text}\n` : text))
    .join('');
}

function shownFiles(saved: readonly DataFile[], sources: readonly CitableSource[]): string {
  const lines = sources.map(
    (source, place) => `${shownMark(source)} ${dataRoot}/${saved[place]?.path ?? ''}`,
  );
  const [first] = sources;
  const mark = first ? shownMark(first) : '';
  return `The code wrote these files:\n${lines.join('\n')}\nWhere your answer names one of them for the user, write its mark, such as ${mark}, directly after the name: the user gets the file there. Write no other link to it.`;
}

async function imagesIn(saved: readonly DataFile[], imageOf: CodeRunning['imageOf']): Promise<string[]> {
  const images: string[] = [];
  for (const file of saved) {
    if (images.length === imagesMax) break;
    const url = await imageOf(file);
    if (url !== null) images.push(url);
  }
  return images;
}
