/** The shortest beginning of a request that some model caches, in characters: 1,024 tokens. A shorter one is read anew each time. */
export const cachedCharactersMin = 4_096;

/** What an image or a document counts for, in characters: an image of medium size. */
export const mediaCharacters = 3_060;
