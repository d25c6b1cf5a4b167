/** What marks the words that were found; texts lose these characters in previews, so that a mark is always one of ours. */
export const marks = { start: '⟪', end: '⟫' };
