import { boot } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { encodeChatError } from './chat/chat-errors.ts';
import { isToolMessage } from './chat/chat-request.ts';
import { loadConfig } from './config.ts';

await boot(() => {
  const config = loadConfig(process.env);
  const module = AppModule.with(config);
  return { name: 'llm', config, module, encodeError: encodeChatError, mendsTextOf: isToolMessage };
});
