import { estimateInputTokens } from '../../providers/token-estimate.ts';
import { pathBelow, type Protocol } from '../protocol.ts';
import { offeredTools } from '../hosted/native-tools.ts';
import { ToolNames } from '../turns/tool-names.ts';
import { MessageAnswer } from './answer.ts';
import { nativeForms } from './native-tools.ts';
import { readModels } from './model-list.ts';
import { toMessagesCall } from './request.ts';

/** The version of the API. There is no newer one: it grows by fields, and by betas of their own. */
const version = '2023-06-01';

/** Anthropic's Messages API. The base URL ends in the version of its paths: `https://api.anthropic.com/v1`. */
export const anthropicMessages: Protocol = {
  name: 'anthropic_messages',
  quirks: { image_links: 'https' },
  turn(request, target) {
    const { native, functions } = offeredTools(request, target, nativeForms);
    const { body, headers } = toMessagesCall(
      { ...request, tools: functions },
      {
        native,
        account: target.account,
        isStreamed: target.isStreamed,
        outputTokensMax: target.facts?.outputTokensMax ?? null,
      },
    );
    return {
      path: pathBelow(target, '/messages'),
      headers: { 'anthropic-version': version, ...headers },
      body: JSON.stringify(body),
      framing: 'sse',
      decoder: new MessageAnswer({
        provider: target.title,
        account: target.account,
        model: request.model,
        nativeTools: new Set(native.keys()),
        names: new ToolNames(request.tools),
        estimateInputTokens: () => estimateInputTokens(request),
      }),
    };
  },
  models: { path: (target) => pathBelow(target, '/models?limit=1000'), read: readModels },
  embeddings: null,
  images: null,
};
