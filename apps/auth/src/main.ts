import { boot } from '@antiphon/service-kit';
import { authService } from './service.ts';

await boot(() => authService(process.env));
