import { describe, expect, it } from 'vitest';
import { PartialArguments } from './partial-arguments.ts';

function argumentsOf(...pieces: Record<string, unknown>[]): unknown {
  const args = new PartialArguments();
  for (const piece of pieces) args.add(piece);
  return JSON.parse(args.toJson());
}

describe('arguments in pieces', () => {
  it('have names in any notation, and no name with a meaning of its own', () => {
    expect(
      argumentsOf(
        { jsonPath: `$['a b'].c`, stringValue: 'x' },
        { jsonPath: `$["it's"][0]`, numberValue: 1 },
        { jsonPath: `$['q\\'d']`, boolValue: true },
        { jsonPath: '$.constructor.name', stringValue: 'y' },
      ),
    ).toEqual({ 'a b': { c: 'x' }, "it's": [1], "q'd": true, constructor: { name: 'y' } });
    const args = new PartialArguments();
    args.add({ jsonPath: '$.__proto__.polluted', boolValue: true });
    expect(args.toJson()).toBe('{"__proto__":{"polluted":true}}');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('have empty containers, texts in pieces and ends without a value', () => {
    expect(
      argumentsOf(
        { jsonPath: '$.list[]' },
        { jsonPath: '$.map' },
        { jsonPath: '$.late', willContinue: true },
        { jsonPath: '$.text', stringValue: '', willContinue: true },
        { jsonPath: '$.text', stringValue: 'a"b', willContinue: true },
        { jsonPath: '$.text', stringValue: '\n' },
        { jsonPath: '$.text' },
        { jsonPath: '$.full[0]', numberValue: 1 },
        { jsonPath: '$.full[]' },
      ),
    ).toEqual({ list: [], map: {}, text: 'a"b\n', full: [1] });
  });

  it.each([
    ['a path without a root', [{ jsonPath: 'a', numberValue: 1 }]],
    ['a path that cannot be read', [{ jsonPath: '$..a', numberValue: 1 }]],
    ['a gap in an array', [{ jsonPath: '$.a[4000000000]', numberValue: 1 }]],
    [
      'a part of a value',
      [
        { jsonPath: '$.a', numberValue: 1 },
        { jsonPath: '$.a.b', numberValue: 1 },
      ],
    ],
  ])('with %s are refused', (_what, pieces) => {
    expect(() => argumentsOf(...pieces)).toThrow(Error);
  });
});
