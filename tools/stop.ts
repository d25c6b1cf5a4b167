/** `npm stop`: stops what `npm start` has started on a data folder, from any terminal. */
import { parseStackArguments } from './local-stack/arguments.ts';
import { dataFolder } from './local-stack/data-folder.ts';
import { stopStack } from './local-stack/stop-stack.ts';
import { UserError } from './local-stack/user-error.ts';

try {
  const folder = dataFolder(parseStackArguments('stop', process.argv.slice(2)).data);
  console.log((await stopStack(folder)) ? 'Stopped.' : `Nothing is running on ${folder.root}.`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
