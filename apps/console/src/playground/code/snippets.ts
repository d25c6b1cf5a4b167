import type { JsonObject } from '../../api/content/prompts.ts';
import type { DialectRequest } from './dialect-request.ts';

export const codeLanguages = ['curl', 'python', 'javascript'] as const;
export type CodeLanguage = (typeof codeLanguages)[number];

/** The environment variable that holds the key. The text never holds the key itself. */
export const keyVariable = 'ANTIPHON_API_KEY';

interface Options {
  /** The address of the server. */
  origin: string;
  /** Whether requests need a key: a local stack takes them without one. */
  needsKey: boolean;
}

/** A program that sends the request and prints the answer. It runs as it is: with bash and curl, the standard library of Python, or Node. */
export function snippet(language: CodeLanguage, { path, body }: DialectRequest, options: Options): string {
  const url = `${options.origin}${path}`;
  return writers[language](url, body, options.needsKey);
}

const writers: Record<CodeLanguage, (url: string, body: JsonObject, needsKey: boolean) => string> = {
  curl: curlText,
  python: pythonText,
  javascript: javascriptText,
};

/** The body is a document of its own, so that it needs no quoting and may be as long as it is. */
function curlText(url: string, body: JsonObject, needsKey: boolean): string {
  return [
    `curl -sS '${url}' \\`,
    ...(needsKey ? [`  -H "Authorization: Bearer $${keyVariable}" \\`] : []),
    `  -H 'Content-Type: application/json' \\`,
    `  -H 'Accept: application/json' \\`,
    `  --data-binary @- <<'JSON'`,
    JSON.stringify(body, null, 2),
    'JSON',
  ].join('\n');
}

function pythonText(url: string, body: JsonObject, needsKey: boolean): string {
  return [
    'import json',
    ...(needsKey ? ['import os'] : []),
    'import urllib.request',
    '',
    `body = ${pythonLiteral(body, '')}`,
    '',
    'request = urllib.request.Request(',
    `    ${JSON.stringify(url)},`,
    '    data=json.dumps(body).encode(),',
    '    headers={',
    ...(needsKey ? [`        "Authorization": "Bearer " + os.environ["${keyVariable}"],`] : []),
    '        "Content-Type": "application/json",',
    '        "Accept": "application/json",',
    '    },',
    ')',
    'with urllib.request.urlopen(request) as answer:',
    '    print(json.dumps(json.load(answer), indent=2))',
  ].join('\n');
}

function javascriptText(url: string, body: JsonObject, needsKey: boolean): string {
  return [
    `const body = ${JSON.stringify(body, null, 2)};`,
    '',
    `const answer = await fetch(${JSON.stringify(url)}, {`,
    "  method: 'POST',",
    '  headers: {',
    ...(needsKey ? [`    Authorization: \`Bearer \${process.env.${keyVariable}}\`,`] : []),
    "    'Content-Type': 'application/json',",
    "    Accept: 'application/json',",
    '  },',
    '  body: JSON.stringify(body),',
    '});',
    'if (!answer.ok) throw new Error(await answer.text());',
    'console.log(JSON.stringify(await answer.json(), null, 2));',
  ].join('\n');
}

/** JSON as Python writes it. The escapes of JSON's strings are Python's too. */
function pythonLiteral(value: unknown, indent: string): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  const deeper = `${indent}    `;
  const isList = Array.isArray(value);
  const entries = isList
    ? value.map((entry) => pythonLiteral(entry, deeper))
    : Object.entries(value)
        .filter(([, entry]) => entry !== undefined)
        .map(([name, entry]) => `${JSON.stringify(name)}: ${pythonLiteral(entry, deeper)}`);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) return `${open}${close}`;
  return `${open}\n${entries.map((entry) => `${deeper}${entry},\n`).join('')}${indent}${close}`;
}
