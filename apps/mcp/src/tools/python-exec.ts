import { AppError } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import { PYTHON } from '../python/create-python.ts';
import type { PythonAnswer, PythonRunner } from '../python/python-runner.ts';
import { defineTool, type RegisteredTool, readOnly } from '../host/tool.ts';
import { beginningAsJson, jsonOutput } from '../host/tool-output.ts';
import type { ToolSource } from '../host/tool-source.ts';

const Parameters = z.object({
  code: z
    .string()
    .min(1)
    .max(100_000)
    .describe('Python 3 source. The value of its last expression is the result.'),
  session_id: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .optional()
    .describe(
      'Calls with the same name share variables and imports for some minutes. Left out, every call starts afresh.',
    ),
});

export interface PythonExecOptions {
  toolTimeoutMs: number;
  /** For each text of the result. */
  outputBytesMax: number;
}

@Injectable()
export class PythonExecTool implements ToolSource {
  readonly tools: readonly RegisteredTool[];
  readonly switchedOff: readonly string[];

  constructor(
    @Inject(MCP_CONFIG) config: Pick<Config, 'tools' | 'python'>,
    @Inject(PYTHON) python: PythonRunner | null,
  ) {
    const { timeoutMs: toolTimeoutMs } = config.tools;
    this.tools = python ? [createPythonExec({ ...config.python, toolTimeoutMs }, python)] : [];
    this.switchedOff = python ? [] : ['python_exec'];
  }
}

/**
 * The code changes nothing outside its process, so the tool is read-only. It is idempotent, because a session answers another attempt of its
 * last call with the same answer.
 */
export function createPythonExec(
  { toolTimeoutMs, outputBytesMax }: PythonExecOptions,
  python: PythonRunner,
): RegisteredTool {
  return defineTool({
    name: 'python_exec',
    description:
      'Runs Python code and gives what it prints and the value of its last expression. Use it to compute, to check an answer and to ' +
      'work on data that you have. It has the standard library, no network, no files of the host and no other packages unless the ' +
      'import of one succeeds. Print what you want to see.',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs: toolTimeoutMs,
    async run({ code, session_id: sessionId = null }, { caller, idempotencyKey }, signal) {
      const answer = await python.run(
        { caller, code, sessionId, idempotencyKey, memoryMb: null, data: null },
        signal,
      );
      const texts = shortened(answer, outputBytesMax);
      if (texts.error !== null) throw raised(texts.error, texts.stdout);
      const { stdout, stderr, result } = texts;
      return jsonOutput({ result, stdout, stderr, duration_ms: answer.durationMs });
    },
  });
}

function shortened(answer: PythonAnswer, bytesMax: number): PythonAnswer {
  const cut = (text: string) => beginningAsJson(text, bytesMax);
  const { stdout, stderr, result, error } = answer;
  return {
    ...answer,
    stdout: cut(stdout),
    stderr: cut(stderr),
    result: result === null ? null : cut(result),
    error: error === null ? null : cut(error),
  };
}

/** Includes the output before the error, which often shows the cause. */
function raised(error: string, stdout: string): AppError {
  const printed = stdout === '' ? '' : `\nPrinted before that:\n${stdout}`;
  return new AppError('invalid_request', `the code failed\n${error}${printed}`);
}
