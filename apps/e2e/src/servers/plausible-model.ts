import { text, toolCall, wait, type ProviderScript } from '@antiphon/service-kit/testing';

/**
 * A model for the examples, which have no scripts. It searches if the input asks for facts, reads a result if it asks for research, calls
 * the caller's own function if there is one, and then answers. With a schema it answers in JSON on the second attempt. One input makes a
 * tool hang, another an endless answer.
 */
export function plausibleModel(webUrl: string): ProviderScript {
  return ({ userText, toolOutputs, body }) => {
    const offered = new Map((body.tools ?? []).map((tool) => [tool.function.name, tool.function]));
    const hasAnswer = body.messages.at(-1)?.role === 'tool';
    if (body['response_format'])
      return [text(/cannot be used/.test(userText) ? '{"city":"Paris","country":"France"}' : 'In Paris.')];
    const weather = offered.get('get_weather');
    if (weather && !hasAnswer) {
      const { properties } = weather.parameters as { properties: object }; // of our examples
      return [
        toolCall('get_weather', Object.fromEntries(Object.keys(properties).map((name) => [name, 'Paris']))),
      ];
    }
    if (weather) return [text(`In Paris it is ${String(body.messages.at(-1)?.content)}.`)];
    if (offered.has('get_time')) {
      if (!hasAnswer) return [toolCall('get_time', {})];
      return [text(String(body.messages.at(-1)?.content))];
    }
    if (!offered.has('google_search') || /\b(hello|name)\b/i.test(userText))
      return [text('Hello', ' there', '.')];
    if (/very long report/.test(userText)) return [text('Chapter one'), wait(new Promise(() => {}))];
    if (/long tool execution/.test(userText)) return [toolCall('scrape', { url: `${webUrl}/hang` })];
    if (toolOutputs.length === 0) return [toolCall('google_search', { q: userText.slice(0, 60) })];
    if (toolOutputs.length === 1 && /research|scrape|complex/i.test(userText)) {
      return [toolCall('scrape', { url: `${webUrl}/pages/first` })];
    }
    return [text('Based', ' on', ' recent', ' results', ': all is well.')];
  };
}
