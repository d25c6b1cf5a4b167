/** `npm run reset`: stops the stack on a data folder and deletes its data. */
import { parseStackArguments } from './arguments.ts';
import { clearDataFolder, dataFolder } from './data-folder/data-folder.ts';
import { stopStack } from './stop-stack.ts';
import { UserError } from '../user-error.ts';

try {
  const folder = dataFolder(parseStackArguments('run reset', process.argv.slice(2)).data);
  if (await stopStack(folder)) console.log('Stopped.');
  console.log(
    clearDataFolder(folder) ? `Deleted the data in ${folder.root}.` : `There is no data in ${folder.root}.`,
  );
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
