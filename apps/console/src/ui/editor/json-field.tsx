import { createContext, useCallback, useContext, useEffect, useId, useState } from 'react';
import { t } from '../../i18n/t.ts';
import { readExactly } from './exact-json.ts';
import { jsonFault, type TextFault, textPlace } from './json-fault.ts';
import { TextEditor } from './text-editor.tsx';

interface Props {
  label: string;
  hint?: string;
  /** Undefined: the editor is empty. */
  value: unknown;
  /** What an empty editor stands for. */
  blank?: unknown;
  /** Receives the parsed value. It is not called while the text is not JSON, or JSON with numbers that would change. */
  onChange: (value: unknown) => void;
  /** Why a value that is JSON is still not acceptable; null where it is. */
  complain?: (value: unknown) => string | null;
  rows?: number;
}

/** An editor of a JSON value. While its text is not JSON, the nearest `FaultyFields` knows, so that nothing stale is sent. */
export function JsonField({ label, hint, value, blank, onChange, complain, rows = 6 }: Props) {
  const [edited, setEdited] = useState(() => ({ text: indented(value), value }));
  // The value was replaced by something other than this editor.
  if (!isEqual(edited.value, value)) setEdited({ text: indented(value), value });

  const fault = faultOf(edited.text, complain);
  useFault(fault !== null);

  const change = (text: string) => {
    if (faultOf(text, complain) !== null) {
      setEdited({ text, value });
      return;
    }
    const next: unknown = text.trim() === '' ? blank : JSON.parse(text);
    setEdited({ text, value: next });
    onChange(next);
  };
  return (
    <TextEditor
      label={label}
      {...(hint !== undefined && { hint })}
      value={edited.text}
      onChange={change}
      language="json"
      rows={rows}
      fault={fault}
    />
  );
}

const Report = createContext<(field: string, isFaulty: boolean) => void>(() => undefined);

/** Gives the fields below it a place to report that they cannot be sent. Its value comes from `useFaults`. */
export const FaultyFields = Report.Provider;

/** Whether any field below a `FaultyFields` cannot be sent. */
export function useFaults() {
  const [faulty, setFaulty] = useState<ReadonlySet<string>>(new Set());
  const report = useCallback((field: string, isFaulty: boolean) => {
    setFaulty((before) => {
      if (before.has(field) === isFaulty) return before;
      const after = new Set(before);
      if (isFaulty) after.add(field);
      else after.delete(field);
      return after;
    });
  }, []);
  return { hasFaults: faulty.size > 0, report };
}

/** Reports a fault of a field to the nearest `FaultyFields` as long as the field is shown. */
export function useFault(isFaulty: boolean): void {
  const field = useId();
  const report = useContext(Report);
  useEffect(() => {
    report(field, isFaulty);
    return () => report(field, false);
  }, [field, report, isFaulty]);
}

/** Why a text is not sent. A blank one is. */
function faultOf(text: string, complain: Props['complain']): TextFault | null {
  if (text.trim() === '') return null;
  const fault = jsonFault(text);
  if (fault) return fault;
  const { value, changed } = readExactly(text);
  if (changed !== null)
    return { ...textPlace(text, text.indexOf(changed)), why: t('editor.inexact', { number: changed }) };
  const why = complain?.(value) ?? null;
  return why === null ? null : { line: 1, column: 1, why };
}

function indented(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}

function isEqual(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
