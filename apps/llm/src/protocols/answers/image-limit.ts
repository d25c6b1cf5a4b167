/** The characters that all images of an answer may have together: its deltas travel in messages of at most 8 MB, and are stored. */
export const imageCharactersMax = 4 * 1024 * 1024;
