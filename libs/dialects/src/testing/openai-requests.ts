import { AppError } from '@antiphon/contracts';
import { countingIds } from '@antiphon/contracts/testing';
import { decodeCreate } from '../openai/decode.ts';

/** Decodes a create of the openai dialect with these fields beside a model and an input. */
export function decode(changes: object) {
  return decodeCreate({ model: 'gpt-4o', input: 'Hi', ...changes }, countingIds());
}

/** The items that this input becomes. */
export function inputOf(...input: unknown[]) {
  return decode({ input }).request.input;
}

/** The error of a create that is refused. */
export function refusalOf(changes: object): AppError {
  try {
    decode(changes);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}
