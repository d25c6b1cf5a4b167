import { boot } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';
import { encodeMcpError } from './endpoint/json-rpc-error.ts';

await boot(() => {
  const config = loadConfig(process.env);
  return { name: 'mcp', config, module: AppModule.with(config), encodeError: encodeMcpError };
});
