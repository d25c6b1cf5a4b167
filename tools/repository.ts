import { resolve } from 'node:path';

export const repositoryRoot = resolve(import.meta.dirname, '..');

/** The folder of a downloaded nats-server. It belongs to the machine, not to a data folder, and stays after a reset. */
export const fetchedProgramsFolder = resolve(repositoryRoot, '.local/bin');
