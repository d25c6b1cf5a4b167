/** All invisible characters: control and format characters, private and unassigned ones, unpaired surrogates. */
const unseen = /(?![\n\t])\p{C}/gu;

/** Text of an outside server for models: without invisible characters, so that a human sees all of it, and bounded. */
export function cleanText(text: string, charactersMax: number): string {
  const bounded = text.length > charactersMax * 4 ? text.slice(0, charactersMax * 4) : text;
  const clean = bounded.toWellFormed().replaceAll('\r\n', '\n').replace(unseen, '').trim();
  return clean.length <= charactersMax ? clean : `${clean.slice(0, charactersMax - 1).toWellFormed()}…`;
}

/** Output of a tool without control characters that steer a terminal or end a string. */
export function cleanOutput(text: string): string {
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
}
