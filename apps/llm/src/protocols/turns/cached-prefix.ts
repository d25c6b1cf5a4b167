/** The shortest beginning of a request that some model caches, in characters: 1,024 tokens. A shorter one is never cached. */
export const cachedCharactersMin = 4_096;

/** Characters that an image or a document counts as: those of a medium image. */
export const mediaCharacters = 3_060;
