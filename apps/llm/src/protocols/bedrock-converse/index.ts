import { textsOf } from '../../providers/embeddings.ts';
import { estimateInputTokens } from '../../providers/token-estimate.ts';
import { pathBelow, type Protocol } from '../protocol.ts';
import { ToolNames } from '../turns/tool-names.ts';
import { ConverseAnswer } from './answer.ts';
import { embeddingFamily, readEmbeddings } from './embeddings.ts';
import { toConverseBody } from './request.ts';

/** Amazon Bedrock's Converse API, for the models of all makers there. The base URL is that of the runtime: `https://bedrock-runtime.eu-west-1.amazonaws.com`. */
export const bedrockConverse: Protocol = {
  name: 'bedrock_converse',
  quirks: { image_links: 'fetch' },
  turn(request, target) {
    const body = toConverseBody(request, {
      account: target.account,
      outputTokensMax: target.facts?.outputTokensMax ?? null,
    });
    // An id may be the ARN of an inference profile, with colons and slashes.
    const model = encodeURIComponent(request.model);
    return {
      path: pathBelow(target, `/model/${model}/${target.isStreamed ? 'converse-stream' : 'converse'}`),
      body: JSON.stringify(body),
      framing: 'aws-event-stream',
      decoder: new ConverseAnswer({
        provider: target.title,
        account: target.account,
        model: request.model,
        names: new ToolNames(request.tools),
        estimateInputTokens: () => estimateInputTokens(request),
      }),
    };
  },
  // Its models are listed by another host, the control plane.
  models: null,
  embeddings: {
    batch: (model, { title }) => ({ textsMax: embeddingFamily(model, title).textsMax, lengthMax: Infinity }),
    call(request, target) {
      const { toBody } = embeddingFamily(request.model, target.title);
      return {
        path: pathBelow(target, `/model/${encodeURIComponent(request.model)}/invoke`),
        body: JSON.stringify(toBody(textsOf(request.input), request.dimensions)),
      };
    },
    read: readEmbeddings,
  },
  images: null,
};
