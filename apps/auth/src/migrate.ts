import { runMigrations } from '@antiphon/service-kit';
import { authSchema } from './database.ts';

await runMigrations(authSchema, 'auth-migrate');
