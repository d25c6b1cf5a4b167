// A small client: a question, a stream, questions that continue each other, a function of your own.
import { check, model, token, url } from './session.mjs';

class ResponsesAPI {
  constructor(apiKey, baseUrl = 'http://localhost:8000') {
    this.apiKey = apiKey;
    this.baseUrl = baseUrl;
  }

  async createResponse(model, input, options = {}) {
    const response = await fetch(`${this.baseUrl}/v1/responses`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${this.apiKey}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ model, input, ...options }),
    });
    return await response.json();
  }

  async *streamResponse(model, input, options = {}) {
    const response = await fetch(`${this.baseUrl}/v1/responses`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${this.apiKey}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ model, input, stream: true, ...options }),
    });
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let buffer = '';
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      buffer += decoder.decode(value, { stream: true });
      const lines = buffer.split('\n');
      buffer = lines.pop();
      for (const line of lines) {
        if (line.startsWith('data: ')) {
          const data = line.slice(6);
          if (data === '[DONE]') return;
          yield JSON.parse(data);
        }
      }
    }
  }

  async createConversation(model, messages) {
    let responseId = null;
    const responses = [];
    for (const message of messages) {
      const response = await this.createResponse(
        model,
        message,
        responseId ? { previous_response_id: responseId } : {},
      );
      responses.push(response);
      responseId = response.id;
    }
    return responses;
  }
}

/** The output is a list of items; the text is in its messages. */
function outputText(response) {
  const messages = response.output.filter((item) => item.type === 'message');
  return messages.flatMap((message) => message.content.map((part) => part.text ?? '')).join('');
}

const api = new ResponsesAPI(token, url);

// Simple response
const response = await api.createResponse(model, 'What is the meaning of life?', { temperature: 0.9 });
check(response.status === 'completed', JSON.stringify(response));
console.log(outputText(response));

// Streaming response
let streamed = '';
for await (const chunk of api.streamResponse(model, 'Tell me a joke')) {
  if (chunk.type === 'response.output_text.delta') {
    streamed += chunk.delta;
    process.stdout.write(chunk.delta);
  }
  if (chunk.type === 'response.completed') check(outputText(chunk.response) === streamed, streamed);
}
console.log();

// Multi-turn conversation
const turns = await api.createConversation(model, ['What is a fugue?', 'Who wrote some?']);
check(turns[1].previous_response_id === turns[0].id, JSON.stringify(turns[1]));

// Tool calling
const toolResponse = await api.createResponse(model, 'What is the weather in Paris?', {
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Get weather information',
        parameters: {
          type: 'object',
          properties: {
            location: { type: 'string' },
          },
          required: ['location'],
        },
      },
    },
  ],
});

// Handle tool calls
const toolCalls = toolResponse.output.filter((item) => item.type === 'function_call');
check(toolCalls.length > 0, JSON.stringify(toolResponse));
for (const toolCall of toolCalls) {
  console.log(`Calling ${toolCall.name} with:`, JSON.parse(toolCall.arguments));
}
