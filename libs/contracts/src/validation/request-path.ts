/** The path of a value in a request body. */
export type RequestPath = readonly (string | number)[];

const nameLengthMax = 128;

/** A path in a request body in the notation of its caller: `input[0].role`. At most 128 characters. */
export function nameOf(path: RequestPath): string {
  let name = '';
  for (const step of path) {
    name += typeof step === 'number' ? `[${step}]` : `${name && '.'}${step}`;
    if (name.length > nameLengthMax) break;
  }
  return name.slice(0, nameLengthMax);
}
