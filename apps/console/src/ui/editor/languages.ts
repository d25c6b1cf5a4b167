import { jinja } from '@codemirror/lang-jinja';
import { json } from '@codemirror/lang-json';
import type { Extension } from '@codemirror/state';
import type { TextLanguage } from './text-editor.tsx';

/** The highlighting of a language. */
export function highlighted(language: TextLanguage): Extension {
  switch (language) {
    case 'json':
      return json();
    case 'jinja':
      return jinja();
    case 'plain':
      return [];
  }
}
