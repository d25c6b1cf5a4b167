import { stripVTControlCharacters } from 'node:util';
import { UserError } from '../user-error.ts';

/** A failed build. The message has no colours: the bundler and the transpiler colour the excerpt of the source letter by letter. */
export function buildError(message: string, options?: ErrorOptions): UserError {
  return new UserError(`The build failed. ${stripVTControlCharacters(message)}`, options);
}
