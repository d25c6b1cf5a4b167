import { boot } from '@antiphon/service-kit';
import { mcpService } from './service.ts';

await boot(() => mcpService(process.env));
