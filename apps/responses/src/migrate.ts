import { responsesSchema } from '@antiphon/runtime';
import { runMigrations } from '@antiphon/service-kit';

await runMigrations(responsesSchema, 'migrate');
