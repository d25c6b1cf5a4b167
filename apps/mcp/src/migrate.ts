import { runMigrations } from '@antiphon/service-kit';
import { mcpSchema } from './database.ts';

await runMigrations(mcpSchema, 'mcp-migrate');
