import { boot } from '@antiphon/service-kit';
import { authService } from './app.module.ts';
import { loadConfig } from './config.ts';

await boot(() => authService(loadConfig(process.env)));
