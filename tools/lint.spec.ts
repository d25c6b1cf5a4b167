import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import lint from '../oxlint.config.ts';
import { repositoryRoot } from './repository.ts';

/**
 * A fault for each rule. The rules that need types are here too, because Oxlint skips them without a word where its program for types is missing.
 * `@nx/enforce-module-boundaries` needs the projects of Nx; `layout.spec.ts` checks the same floors.
 */
const faults: Record<string, string> = {
  'eslint(eqeqeq)': `export const equal = (a: string, b: string) => a == b;`,
  'eslint(no-array-constructor)': `export const list = new Array('a', 'b');`,
  'eslint(no-console)': `console.log('text');`,
  'eslint(no-unused-expressions)': `const number = 1; number; export { number };`,
  'eslint(no-unused-vars)': `const unused = 1; export {};`,
  'eslint(no-var)': `export var old = 1;`,
  'eslint(prefer-const)': `let constant = 1; export const copy = constant;`,
  'eslint(prefer-rest-params)': `export function count() { return arguments; }`,
  'eslint(prefer-spread)': `export const most = (numbers: number[]) => Math.max.apply(Math, numbers);`,
  'eslint-js(no-restricted-imports)': `import { Injectable } from '@nestjs/common'; export const it = Injectable;`,
  'eslint-js(no-restricted-syntax)': `export class Holder { #held = 1; held() { return this.#held; } }`,
  'typescript(await-thenable)': `export async function wait() { await 1; }`,
  'typescript(ban-ts-comment)': `// @ts-ignore\nexport const text: string = 1;`,
  'typescript(no-array-delete)': `export const remove = (list: string[]) => { delete list[0]; };`,
  'typescript(no-base-to-string)': `export const name = (value: { a: 1 }) => String(value);`,
  'typescript(no-duplicate-enum-values)': `export enum Kind { A = 1, B = 1 }`,
  'typescript(no-duplicate-type-constituents)': `export type Twice = 'a' | 'a';`,
  'typescript(no-empty-object-type)': `export type Empty = {};`,
  'typescript(no-explicit-any)': `export type Anything = any;`,
  'typescript(no-extra-non-null-assertion)': `export const sure = (a?: { b: 1 }) => a!!.b;`,
  'typescript(no-floating-promises)': `export function start() { Promise.resolve(); }`,
  'typescript(no-for-in-array)': `export function each(list: string[]) { for (const key in list) return key; }`,
  'typescript(no-implied-eval)': `setTimeout('go()', 1);`,
  'typescript(no-misused-new)': `export interface Made { new (): Made; }`,
  'typescript(no-misused-promises)': `export const wrong = () => [1].forEach(async () => Promise.resolve());`,
  'typescript(no-namespace)': `export namespace Old { export const a = 1; }`,
  'typescript(no-non-null-asserted-optional-chain)': `export const sure = (a?: { b: number }) => a?.b!;`,
  'typescript(no-redundant-type-constituents)': `export type Wide = string | unknown;`,
  'typescript(no-require-imports)': `export const old = require('./old.cjs');`,
  'typescript(no-this-alias)': `export class Held { held() { const self = this; return () => self; } }`,
  'typescript(no-unnecessary-type-assertion)': `export const text = (value: string) => value as string;`,
  'typescript(no-unnecessary-type-constraint)': `export type Same<T extends unknown> = T;`,
  'typescript(no-unsafe-argument)': `declare const untyped: any; export const n = Number.isInteger(untyped) || isNaN(untyped);`,
  'typescript(no-unsafe-assignment)': `export const value = JSON.parse('1');`,
  'typescript(no-unsafe-call)': `declare const untyped: any; untyped();`,
  'typescript(no-unsafe-declaration-merging)': `export interface Both { a: 1 }\nexport class Both {}`,
  'typescript(no-unsafe-enum-comparison)': `enum Kind { A, B } export const isA = (kind: Kind) => kind === 0;`,
  'typescript(no-unsafe-function-type)': `export type Callback = Function;`,
  'typescript(no-unsafe-member-access)': `declare const untyped: any; export const name: unknown = untyped.name;`,
  'typescript(no-unsafe-return)': `declare const untyped: any; export const give = (): string => untyped;`,
  'typescript(no-unsafe-unary-minus)': `export const less = (text: string) => -text;`,
  'typescript(no-wrapper-object-types)': `export type Text = String;`,
  'typescript(only-throw-error)': `export function fail() { throw 'text'; }`,
  'typescript(prefer-as-const)': `export const kind = 'a' as 'a';`,
  'typescript(prefer-namespace-keyword)': `declare module Old { const a: 1; }`,
  'typescript(prefer-promise-reject-errors)': `export const fail = () => Promise.reject('text');`,
  'typescript(restrict-plus-operands)': `export const sum = (a: { a: 1 }, b: string) => a + b;`,
  'typescript(restrict-template-expressions)': `export const text = (value: { a: 1 }) => \`\${value}\`;`,
  'typescript(switch-exhaustiveness-check)': `export function see(kind: 'a' | 'b') { switch (kind) { case 'a': return 1; } }`,
  'typescript(triple-slash-reference)': `/// <reference path="./other.ts" />\nexport {};`,
  'typescript(unbound-method)': `class Held { held() { return this; } } export const loose = new Held().held;`,
};

const waysOut = [
  `await fetch(url)`,
  `const ask = fetch;`,
  `new Client({ fetch })`,
  `globalThis.fetch(url)`,
  `const { fetch: ask } = globalThis;`,
  `new WebSocket(url)`,
  `import { request } from 'undici';`,
  `import { Agent } from 'undici';`,
  `import * as undici from 'undici';`,
  `import axios from 'axios';`,
  `import https from 'node:https';`,
  `import { get } from 'http';`,
  `import { connect } from 'node:net';`,
  `import { connect } from 'node:http2';`,
  `import { connect } from 'node:tls';`,
  `import { createSocket } from 'node:dgram';`,
  `import { lookup } from 'node:dns/promises';`,
  `import WebSocket from 'ws';`,
  `import OpenAI from 'openai';`,
  `import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';`,
  `export { request } from 'undici';`,
  `const { request } = await import('undici');`,
  `const http = await import('node:http');`,
  `process.getBuiltinModule('node:http')`,
];

const noWaysOut = [
  `egress.fetch(url)`,
  `class Egress { async fetch(url: string) { return url; } }`,
  `const fetch = serverFetch(server); new Client({ fetch });`,
  `import type { IncomingMessage } from 'node:http';`,
  `import { type Agent } from 'undici';`,
  `import { Client } from '@modelcontextprotocol/sdk/client/index.js';`,
  `import { networkInterfaces } from 'node:os';`,
];

const boundaries = '@nx/enforce-module-boundaries';
const codes = [...Object.values(faults), ...waysOut, ...noWaysOut];
let findings: Map<string, Finding[]>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-lint-'));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'oxlint.config.ts'),
    `import lint from ${JSON.stringify(join(repositoryRoot, 'oxlint.config.ts'))};
     export default { ...lint, rules: { ...lint.rules, '${boundaries}': 'off' } };`,
  );
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    noEmit: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['libs'] }));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const sources = join(folder, 'libs/engine/src');
  mkdirSync(sources, { recursive: true });
  codes.forEach((code, at) => writeFileSync(join(sources, `${at}.ts`), code));
  findings = await lintFolder(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Finding {
  message: string;
  help?: string;
  code: string;
  filename: string;
}

/** Runs Oxlint as `npm run lint` does; returns its findings by the text of the file. */
async function lintFolder(root: string): Promise<Map<string, Finding[]>> {
  const oxlint = join(repositoryRoot, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = await promisify(execFile)(process.execPath, [oxlint, '-f', 'json', 'libs'], {
    cwd: root,
  }).catch(
    // It ends with 1 where it found something.
    (error: { stdout: string }) => error,
  );
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Finding[] }; // Oxlint's report
  return Map.groupBy(diagnostics, ({ filename }) => codes[Number(basename(filename, '.ts'))] ?? filename);
}

const rulesFor = (code: string) => findings.get(code)?.map((finding) => finding.code) ?? [];
const ofEgress = (code: string) =>
  findings.get(code)?.filter(({ message, help }) => `${message} ${help}`.includes('Use Egress')) ?? [];

describe('lint', () => {
  it.each(Object.entries(faults))('%s finds: %s', (rule, code) => {
    expect(rulesFor(code)).toContain(rule);
  });

  it('has a fault here for each rule that its configuration names', () => {
    const named = Object.entries(lint.rules).flatMap(([rule, setting]) =>
      setting === 'off' || rule === boundaries ? [] : [rule],
    );
    const codeOf = (rule: string) => (rule.includes('/') ? rule.replace('/', '(') : `eslint(${rule}`) + ')';
    expect(Object.keys(faults)).toEqual(expect.arrayContaining(named.map(codeOf)));
  });
});

describe('a request without the egress guard', () => {
  it.each(waysOut)('%s', (code) => {
    expect(ofEgress(code)).toHaveLength(1);
  });
});

describe('code that opens no connection', () => {
  it.each(noWaysOut)('%s', (code) => {
    expect(ofEgress(code)).toEqual([]);
  });
});
