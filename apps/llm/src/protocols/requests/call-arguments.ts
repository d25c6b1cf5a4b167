import type { JsonObject } from '@antiphon/contracts';
import { asJson, parseObject } from '../../providers/json-object.ts';

/** The arguments of a call of the history as the object that APIs demand: models of other APIs write broken JSON at times. */
export function argumentsObject(args: string): JsonObject {
  if (args.trim() === '') return {};
  const read = parseObject(args);
  return read === undefined ? { unreadable_arguments: args } : asJson(read);
}

/** The same as text, for APIs that take it and refuse what they cannot parse. The text of an object stays as the model wrote it. */
export function argumentsText(args: string): string {
  return args.trim() !== '' && parseObject(args) !== undefined ? args : JSON.stringify(argumentsObject(args));
}
