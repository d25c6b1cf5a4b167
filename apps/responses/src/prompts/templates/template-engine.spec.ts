import { afterAll, describe, expect, it } from 'vitest';
import { TemplateEngine } from './template-engine.ts';

const engine = new TemplateEngine({
  templateMax: 64 * 1024,
  outputMax: 256 * 1024,
  renderTimeoutMs: 1_000,
  processesMax: 2,
  processMemoryMb: 64,
});
afterAll(() => engine.onModuleDestroy());

const named = (source: string) => [{ name: 'system_prompt', source }];

async function render(source: string, variables: Record<string, unknown> = {}): Promise<string> {
  const [text] = await engine.render(named(source), variables);
  return text ?? '';
}

describe('a template', () => {
  it.each([
    ['Hello {{ name }}!', { name: 'Ada' }, 'Hello Ada!'],
    ['{{ tone | default("kind") | upper }}', {}, 'KIND'],
    ['{{ user.name }} {{ user["age"] + 1 }}', { user: { name: 'Ada', age: 36 } }, 'Ada 37'],
    [
      '{% for x in xs if x > 1 %}{{ loop.index }}={{ x }} {% else %}none{% endfor %}',
      { xs: [1, 2, 3] },
      '1=2 2=3 ',
    ],
    ['{% if a and not b %}yes{% elif b %}b{% else %}no{% endif %}', { a: 1, b: 0 }, 'yes'],
    ['{% macro p(x, y=2) %}<{{ x }}{{ y }}>{% endmacro %}{{ p(1) }}{{ p(1, y=3) }}', {}, '<12><13>'],
    [
      '{% set n = namespace(s=0) %}{% for x in range(4) %}{% set n.s = n.s + x %}{% endfor %}{{ n.s }}',
      {},
      '6',
    ],
    ['{{ data | tojson }}', { data: { a: [1, null] } }, '{"a": [1, null]}'],
    ['a\n  {% if true %}\nb\n  {% endif %}\nc\n', {}, 'a\nb\nc'],
    ['{# nothing #}plain { text }', {}, 'plain { text }'],
    ['{{ missing }}', {}, ''],
  ])('%j', async (source, variables, expected) => {
    const text = await render(source, variables);
    expect(text).toBe(expected);
  });

  it('never reads a variable as a template', async () => {
    expect(await render('{{ a }}', { a: '{{ 1 + 1 }}{% for x in y %}' })).toBe('{{ 1 + 1 }}{% for x in y %}');
  });

  it('reports the variables it reads, and which are optional', async () => {
    const variables = await engine.inspect([
      {
        name: 'a',
        source: '{{ topic }} {{ tone | default("kind") }} {% if extra is defined %}{{ extra }}{% endif %}',
      },
      {
        name: 'b',
        source:
          '{% set local = topic %}{{ local }}{% for x in items %}{{ x.name }}{{ loop.index }}{{ tone | default("x") }}{% endfor %}' +
          '{% macro m(p, q=level) %}{{ p }}{{ q }}{% endmacro %}{{ m(who, q=1) }}{{ range(3) | join(sep) }}{{ a in b and not c }}',
      },
    ]);
    expect(variables).toEqual([
      { name: 'topic', isOptional: false },
      { name: 'tone', isOptional: true },
      { name: 'extra', isOptional: true },
      ...['items', 'level', 'who', 'sep', 'a', 'b', 'c'].map((name) => ({ name, isOptional: false })),
    ]);
  });

  it.each([
    ['Hi\n  {{ name ', 'line 2, column 3'],
    ['{{ a }}\n{% if x %}\n{{ b }}', 'line 2, column 1: {% if %} is never closed'],
    ['{{ a }} {% endfor %}', 'line 1, column 9: Unknown statement type: endfor'],
    ['{{ "}}" }}\n\n {{ a b }}', 'line 3, column 2: '],
    ['{{ "a" }} {{ a ? b }}', 'line 1, column 11: Unexpected character: ?'],
    ['{{ a }\n}', 'line 1, column 1'],
    ['text\n{{ name | truncate(3) }}', 'line 2, column 1: there is no filter named "truncate"'],
    ['{% if x is divisibleby %}{% endif %}', 'line 1, column 1: there is no test named "divisibleby"'],
    ['{% include "x" %}', 'line 1, column 1: Unknown statement type: include'],
    ['{% for a in b %}'.repeat(11) + '{% endfor %}'.repeat(11), 'blocks are nested more than 10 deep'],
    [`{{ ${'('.repeat(30_000)}a${')'.repeat(30_000)} }}`, 'nested too deeply'],
    ['x'.repeat(64 * 1024 + 1), 'at most 65536 characters'],
  ])('is refused with the place of its fault: %#', async (source, expected) => {
    await expect(engine.inspect(named(source))).rejects.toMatchObject({
      code: 'invalid_request',
      reason: 'template_error',
      param: 'system_prompt',
      message: expect.stringContaining(expected) as unknown,
    });
  });

  it('may have many alternatives in a row', async () => {
    const elifs = Array.from({ length: 30 }, (_, i) => `{% elif x == ${i} %}${i}`).join('');
    expect(await render(`{% if false %}${elifs}{% endif %}`, { x: 29 })).toBe('29');
  });

  it('reports what failed in a render', async () => {
    await expect(render('{{ raise_exception("no topic") }}')).rejects.toThrow(/no topic/);
    await expect(render('{% for x in n %}{% endfor %}', { n: 3 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

describe('a template that tries to escape', () => {
  it.each([
    '{{ "".constructor }}',
    '{{ a.constructor.constructor("return process")() }}',
    '{{ a["__proto__"] }}',
    '{{ a.__proto__.polluted }}',
    '{{ [].constructor }}',
    '{{ range.constructor("return process.version")() }}',
    '{{ range["constructor"] }}',
    '{{ process }}{{ globalThis }}{{ require }}',
    '{% set a.__proto__ = 1 %}',
    '{{ namespace(__proto__=1).polluted }}',
    '{{ self.__init__.__globals__ }}',
    '{{ cycler.__init__ }}{{ joiner }}{{ lipsum }}',
  ])('%s', async (source) => {
    const outcome = await render(source, { a: JSON.parse('{"b": 1}') }).catch((error: Error) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'invalid_request' });
    else expect(outcome).toBe('');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('a template that exceeds its limits', () => {
  const loops = (count: number) =>
    '{% for i in range(9999) %}'.repeat(count) + 'x' + '{% endfor %}'.repeat(count);
  const doubling =
    '{% set n = namespace(s="xxxxxxxxxx") %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}';
  it.each([
    ['a long range', '{{ range(10**8) | length }}'],
    ['an endless range', '{{ range(1, 5, 0) }}'],
    ['nested loops', loops(5)],
    ['a macro that calls itself', '{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}'],
    [
      'a macro that calls itself twice',
      '{% macro f(x) %}{% if x %}{{ f(x-1) }}{{ f(x-1) }}{% endif %}{% endmacro %}{{ f(60) }}',
    ],
    ['a text that doubles', `${doubling}{{ n.s }}`],
    [
      'a text that doubles and is printed',
      `${doubling.replace('60', '25')}{{ n.s | upper | length }}{{ n.s | title }}`,
    ],
    [
      'a list that doubles',
      '{% set n = namespace(s=[1]) %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}',
    ],
    ['wide indents', '{{ "x" | indent(2 ** 29, true) }}'],
    [
      'a replacement of everything',
      '{% set n = namespace(s="xxxxxxxxxx") %}{% for i in range(20) %}{% set n.s = n.s.replace("x", "xxxxxxxxxx") %}{% endfor %}',
    ],
    ['a long output', loops(2).replaceAll('9999', '600')],
    ['much whitespace before a tag', `${' '.repeat(65_000)}x{{ y`],
  ])('is stopped: %s', async (_, source) => {
    await expect(render(source)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await render('Hello {{ name }}!', { name: 'Ada' })).toBe('Hello Ada!');
  });
});
