import { boot } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { encodeChatError } from './chat/chat-errors.ts';
import { loadConfig } from './config.ts';

await boot(() => {
  const config = loadConfig(process.env);
  return { name: 'llm', config, module: AppModule.with(config), encodeError: encodeChatError };
});
