import { isToolOutput } from '@antiphon/dialects';
import { boot } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';
import { encodeErrorAt } from './http/dialect-at.ts';

await boot(() => {
  const config = loadConfig(process.env);
  const module = AppModule.with(config);
  return { name: 'responses', config, module, encodeError: encodeErrorAt, mendsTextOf: isToolOutput };
});
