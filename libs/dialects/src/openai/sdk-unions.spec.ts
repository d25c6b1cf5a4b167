import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '@antiphon/contracts';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../testing/openai-requests.ts';
import { Item } from './replies/item.ts';
import { eventTypes } from './replies/stream-event.ts';
import { Include } from './schema.ts';
import { refusedItems, refusedTools, unsentEvents } from './tool-types/refused-types.ts';
import { toolTypeNames } from './tool-types/registry.ts';

/*
 * The stock client's own unions list everything that its callers may send and read: each member must be served, or refused by name with what to
 * do instead (`tool-types/refused-types.ts`).
 */

const file = join(
  dirname(createRequire(import.meta.url).resolve('openai')),
  'resources/responses/responses.d.ts',
);
const program = ts.createProgram([file], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.Latest,
  skipLibCheck: true,
  types: [],
});
const checker = program.getTypeChecker();
const source = program.getSourceFile(file);

/** The members of an exported union: texts as they are, objects by the texts of their field `type`. */
function membersOf(name: string): string[] {
  const module = source && checker.getSymbolAtLocation(source);
  const symbol = module && checker.getExportsOfModule(module).find((one) => one.name === name);
  if (!symbol) throw new Error(`the client has no type ${name}`);
  const members = partsOf(checker.getDeclaredTypeOfSymbol(symbol)).flatMap((member) =>
    member.isStringLiteral() ? [member.value] : typesIn(member),
  );
  return [...new Set(members)].sort();
}

function typesIn(member: ts.Type): string[] {
  const field = member.getProperty('type');
  if (!field) throw new Error(`${checker.typeToString(member)} has no type`);
  return partsOf(checker.getTypeOfSymbol(field)).flatMap((type) =>
    type.isStringLiteral() ? [type.value] : [],
  );
}

function partsOf(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

const servedItems = Item.options.map(({ shape }) => shape.type.value as string);
const isSent = (type: string) => eventTypes.includes(type);
const beginning = (type: string) => Object.keys(unsentEvents).find((start) => type.startsWith(start));

it.each([
  ['Tool', toolTypeNames, Object.keys(refusedTools)],
  ['ResponseOutputItem', servedItems, Object.keys(refusedItems)],
  ['ResponseInputItem', [...servedItems, 'item_reference', 'compaction_trigger'], Object.keys(refusedItems)],
  [
    'ResponseIncludable',
    [
      'message.output_text.logprobs',
      'reasoning.encrypted_content',
      'web_search_call.results',
      'web_search_call.action.sources',
      'file_search_call.results',
      'code_interpreter_call.outputs',
      'message.input_image.image_url',
      'computer_call_output.output.image_url',
    ],
    [],
  ],
])('every member of %s is served or refused by name', (name, served, refused) => {
  const members = membersOf(name);
  expect(members.length).toBeGreaterThan(5);
  expect(members.filter((member) => !served.includes(member) && !refused.includes(member))).toEqual([]);
  expect(refused.filter((type) => served.includes(type))).toEqual([]);
});

it('every event of ResponseStreamEvent is sent, or has a reason not to be', () => {
  const members = membersOf('ResponseStreamEvent');
  expect(members.filter((type) => !isSent(type) && !beginning(type))).toEqual([]);
  expect(eventTypes.filter((type) => beginning(type))).toEqual([]);
  const used = members.map(beginning);
  expect(Object.keys(unsentEvents).filter((start) => !used.includes(start))).toEqual([]);
});

it('every value of include is accepted', () => {
  expect(membersOf('ResponseIncludable')).toEqual([...Include.element.options].sort());
});

describe('an input item is', () => {
  const complaintAbout = (type: string) => {
    try {
      return refusalOf({ input: [{ type }] }).message;
    } catch (error) {
      if (error instanceof AppError) throw error;
      return 'accepted';
    }
  };

  it.each(membersOf('ResponseInputItem').filter((type) => !(type in refusedItems)))('read: %s', (type) => {
    expect(complaintAbout(type)).not.toContain('is not supported');
  });

  it.each(Object.entries(refusedItems))('refused with what to do: %s', (type, instead) => {
    expect(complaintAbout(type)).toBe(`input[0].type "${type}" is not supported by this server: ${instead}`);
  });
});
