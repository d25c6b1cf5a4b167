import { isObject, type UnknownObject } from '../../../providers/json-object.ts';

type Container = UnknownObject | unknown[];

/**
 * Puts arguments together that come in pieces, each with the JSON path of its value (`$.cities[0].name`): Vertex AI's `partialArgs`. A text may
 * come in several pieces. Every method throws an Error for pieces that do not fit together.
 */
export class PartialArguments {
  private readonly root: UnknownObject = empty();

  add(piece: UnknownObject): void {
    const path = typeof piece['jsonPath'] === 'string' ? piece['jsonPath'] : '';
    // An array ends with an entry `$.path[]` without a value, which is all there is of an empty one.
    const isArrayEnd = path.endsWith('[]');
    const steps = parsePath(isArrayEnd ? path.slice(0, -2) : path);
    const last = steps.pop();
    if (last === undefined) return;
    let place: Container = this.root;
    steps.forEach((step, depth) => {
      place = child(place, step, steps[depth + 1] ?? last);
    });
    const before = get(place, last);
    const value = valueOf(piece);
    if (typeof value === 'string' && typeof before === 'string') set(place, last, before + value);
    else if (value !== undefined) set(place, last, value);
    // Without a value: an empty container, or the end of one that is not empty.
    else if (before === undefined && piece['willContinue'] !== true)
      set(place, last, isArrayEnd ? [] : empty());
  }

  /** The arguments so far, as JSON. */
  toJson(): string {
    return JSON.stringify(this.root);
  }
}

/** Undefined for an entry without a value. */
function valueOf(piece: UnknownObject): unknown {
  const { stringValue, numberValue, boolValue } = piece;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof numberValue === 'number') return numberValue;
  if (typeof boolValue === 'boolean') return boolValue;
  return 'nullValue' in piece ? null : undefined;
}

/** The container at a step, which is made where it is missing: an array for a number as the next step. */
function child(place: Container, step: string | number, next: string | number): Container {
  const found = get(place, step);
  if (Array.isArray(found)) return found as unknown[];
  if (isObject(found)) return found;
  if (found !== undefined) throw new Error('a value has parts');
  const made = typeof next === 'number' ? [] : empty();
  set(place, step, made);
  return made;
}

function get(place: Container, step: string | number): unknown {
  if (Array.isArray(place)) return typeof step === 'number' ? place[step] : undefined;
  return place[step];
}

function set(place: Container, step: string | number, value: unknown): void {
  if (!Array.isArray(place)) place[step] = value;
  else if (typeof step === 'number' && step <= place.length) place[step] = value;
  else throw new Error('an array has a gap');
}

/** Without a prototype, so that no name of the model has a meaning. */
function empty(): UnknownObject {
  return Object.create(null) as UnknownObject;
}

const step = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** The steps of `$.a.b[0]['c d']`. */
function parsePath(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  if (!path.startsWith('$')) throw new Error('a path does not begin with $');
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (found === null) throw new Error('a path cannot be read');
    const [, name, index, single, double] = found;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'));
  }
  return steps;
}
