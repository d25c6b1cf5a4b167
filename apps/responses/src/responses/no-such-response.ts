import { AppError } from '@antiphon/contracts';

/** Throws `not_found`, in the same words for an unknown response and for one of another user. */
export function noSuchResponse(id: string): never {
  throw new AppError('not_found', `There is no response ${id}.`);
}
