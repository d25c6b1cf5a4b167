import { boot } from '@antiphon/service-kit';
import { llmService } from './service.ts';

await boot(() => llmService(process.env));
