/** `npm stop`: stops the stack on a data folder, from any terminal. */
import { parseStackArguments } from './arguments.ts';
import { dataFolder } from './data-folder/data-folder.ts';
import { stopStack } from './stop-stack.ts';
import { UserError } from '../user-error.ts';

try {
  const folder = dataFolder(parseStackArguments('stop', process.argv.slice(2)).data);
  console.log((await stopStack(folder)) ? 'Stopped.' : `Nothing is running on ${folder.root}.`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
