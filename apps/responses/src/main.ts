import { boot } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';
import { encodeErrorAt } from './dialect-at.ts';

await boot(() => {
  const config = loadConfig(process.env);
  return { name: 'responses', config, module: AppModule.with(config), encodeError: encodeErrorAt };
});
