import { i18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { en } from './en.ts';
import { pseudo } from './pseudo.ts';

export type MessageId = keyof typeof en;
export type Locale = 'en' | 'pseudo';

/** The locale that the address asks for: `?locale=pseudo` shows every text of the console in accents, so that a literal stands out. */
export function wantedLocale(): Locale {
  return new URLSearchParams(location.search).get('locale') === 'pseudo' ? 'pseudo' : 'en';
}

export function activateLocale(locale: Locale): void {
  i18n.setMessagesCompiler(compileMessage);
  i18n.load(locale, locale === 'pseudo' ? pseudo(en) : en);
  // Plurals and numbers of the pseudo-locale follow English.
  i18n.activate(locale, ['en']);
}

/** A text of the console in the active locale. Values fill the message's placeholders (ICU MessageFormat). */
export function t(id: MessageId, values?: Record<string, unknown>): string {
  return i18n._(id, values);
}
