import { resolve } from 'node:path';

export const repositoryRoot = resolve(import.meta.dirname, '..');

/** A nats-server that had to be fetched stays here: it is the machine's, not a data folder's, and outlives a reset. */
export const fetchedProgramsFolder = resolve(repositoryRoot, '.local/bin');
