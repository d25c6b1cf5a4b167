import { join } from 'node:path';
import { type Program, startProgram } from '../process/program.ts';

/** A program of the bench that serves HTTP on loopback. */
export interface ServingProgram extends Program {
  readonly origin: string;
}

/** Starts a TypeScript program of the bench, named by its path below `tools/bench`, which writes its port as JSON. */
export async function startNodeProgram(
  path: string,
  programArguments: string[],
  core: number | null,
): Promise<ServingProgram> {
  let port: number | undefined;
  const program = await startProgram({
    name: path,
    command: [process.execPath, join(import.meta.dirname, '..', path), ...programArguments],
    core,
    isReady: (line) => {
      port = Number(/^\{"port":(\d+)\}$/.exec(line)?.[1]);
      return !Number.isNaN(port);
    },
  });
  return { ...program, origin: `http://127.0.0.1:${port}` };
}
