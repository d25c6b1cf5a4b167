/** `npm run build`: writes the JavaScript of the changed apps and libraries. `npm run typecheck` checks their types. */
import { buildIfChanged } from './build.ts';
import { UserError } from '../user-error.ts';

try {
  const { changed } = await buildIfChanged();
  console.log(changed ? 'built' : 'build is up to date');
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
}
