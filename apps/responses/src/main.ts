import { boot } from '@antiphon/service-kit';
import { responsesService } from './service.ts';

await boot(() => responsesService(process.env));
