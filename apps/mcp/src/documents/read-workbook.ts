import { Parser } from 'htmlparser2';
import type { OfficeArchive } from './office-archive.ts';
import { eachElement, relationsOf } from './xml.ts';

export const workbookPart = 'xl/workbook.xml';

/** The text of a workbook: its sheets by name, a line for each row, tabs between the cells that have a value. */
export function readWorkbook(archive: OfficeArchive): string {
  const shared = sharedStrings(archive.text('xl/sharedStrings.xml'));
  const dates = dateStyles(archive.text('xl/styles.xml'));
  const parts = relationsOf(archive, workbookPart);
  const texts: string[] = [];
  eachElement(archive.text(workbookPart), (element, { name = '', 'r:id': id = '' }) => {
    const part = element === 'sheet' ? parts.get(id)?.target : undefined;
    if (part === undefined) return;
    const rows = rowsOf(archive.text(part), shared, dates);
    if (rows !== '') texts.push(`${name}\n${rows}`);
  });
  return texts.join('\n\n');
}

/** The strings that cells refer to by number. Phonetic readings of a string are left out. */
function sharedStrings(xml: string): string[] {
  const strings: string[] = [];
  let isShown = false;
  let phonetic = 0;
  const parser = new Parser(
    {
      onopentag(name) {
        if (name === 'si') strings.push('');
        if (name === 'rPh') phonetic += 1;
        if (name === 't') isShown = true;
      },
      ontext(data) {
        if (isShown && phonetic === 0 && strings.length > 0) strings[strings.length - 1] += data;
      },
      onclosetag(name) {
        if (name === 'rPh') phonetic -= 1;
        if (name === 't') isShown = false;
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return strings;
}

/** The numbers of the built-in formats that show a date. */
const isBuiltInDate = (format: number) => (format >= 14 && format <= 22) || (format >= 45 && format <= 47);

/** The numbers of the cell styles that show a number as a date. */
function dateStyles(xml: string): ReadonlySet<number> {
  const formats = new Map<number, boolean>();
  const dates = new Set<number>();
  let isInCells = false;
  let place = 0;
  const parser = new Parser(
    {
      onopentag(name, { numFmtId = '', formatCode = '' }) {
        const format = Number(numFmtId);
        if (name === 'numFmt') formats.set(format, isDateCode(formatCode));
        if (name === 'cellXfs') isInCells = true;
        if (name !== 'xf' || !isInCells) return;
        if (formats.get(format) ?? isBuiltInDate(format)) dates.add(place);
        place += 1;
      },
      onclosetag(name) {
        if (name === 'cellXfs') isInCells = false;
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return dates;
}

/** Whether a format has a day, month or year outside its literal texts. */
function isDateCode(code: string): boolean {
  return /[dmy]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, ''));
}

interface Cell {
  type: string;
  style: number;
  value: string;
}

function rowsOf(xml: string, shared: readonly string[], dates: ReadonlySet<number>): string {
  let text = '';
  let cells: string[] = [];
  let cell: Cell | null = null;
  let isShown = false;
  const parser = new Parser(
    {
      onopentag(name, { t: type = 'n', s: style = '0' }) {
        if (name === 'row') cells = [];
        if (name === 'c') cell = { type, style: Number(style), value: '' };
        if (name === 'v' || name === 't') isShown = true;
      },
      ontext(data) {
        if (isShown && cell) cell.value += data;
      },
      onclosetag(name) {
        if (name === 'v' || name === 't') isShown = false;
        if (name === 'c' && cell) {
          const value = valueOf(cell, shared, dates);
          if (value !== '') cells.push(value);
          cell = null;
        }
        if (name === 'row' && cells.length > 0) text += `${cells.join('\t')}\n`;
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return text.trimEnd();
}

function valueOf(
  { type, style, value }: Cell,
  shared: readonly string[],
  dates: ReadonlySet<number>,
): string {
  if (type === 's') return (shared[Number(value)] ?? '').trim();
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  if (type === 'n' && value !== '' && dates.has(style)) return dateOf(Number(value)) ?? value;
  return value.trim();
}

const dayMs = 86_400_000;
/** Day 0 of Excel's calendar, which counts a day of 1900 that did not exist. */
const dayZeroMs = Date.UTC(1899, 11, 30);

/** A date as ISO 8601, with its time where it has one. */
function dateOf(days: number): string | null {
  const date = new Date(dayZeroMs + Math.round(days * dayMs));
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return days % 1 === 0 ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
}
