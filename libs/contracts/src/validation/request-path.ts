/** Where a value lies in a request body. */
export type RequestPath = readonly (string | number)[];

const nameLengthMax = 128;

/** A place in a request body as its caller writes it: `input[0].role`. At most 128 characters. */
export function nameOf(path: RequestPath): string {
  let name = '';
  for (const step of path) {
    name += typeof step === 'number' ? `[${step}]` : `${name && '.'}${step}`;
    if (name.length > nameLengthMax) break;
  }
  return name.slice(0, nameLengthMax);
}
