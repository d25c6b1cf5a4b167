import { boot } from '@antiphon/service-kit';
import { workerService } from './service.ts';

await boot(() => workerService(process.env));
