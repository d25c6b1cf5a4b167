import { authService } from '@antiphon/auth/service';
import { llmService } from '@antiphon/llm/service';
import { mcpService } from '@antiphon/mcp/service';
import { responsesService } from '@antiphon/responses/service';
import { bootTogether } from '@antiphon/service-kit';
import { workerService } from '@antiphon/worker/service';
import { environmentOf } from './environment.ts';

await bootTogether('compact', () => {
  const { env } = process;
  return [
    [
      authService(environmentOf('auth', env)),
      llmService(environmentOf('llm', env)),
      mcpService(environmentOf('mcp', env)),
    ],
    [responsesService(environmentOf('responses', env)), workerService(environmentOf('worker', env))],
  ];
});
