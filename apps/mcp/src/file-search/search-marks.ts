/** The marks around the words that were found. Previews drop these characters from texts, so that every mark in them is one of these. */
export const marks = { start: '⟪', end: '⟫' };
