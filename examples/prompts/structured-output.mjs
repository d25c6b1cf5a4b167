// An answer with a schema: the server requests an answer that does not fit again, so the answer of the response always fits.
import { check, client, model } from '../openai/client.mjs';

const { id } = await client.post('/prompts', {
  body: {
    name: 'Place of a thing',
    model,
    messages: [{ role: 'user', content: 'Where is {{ thing }}? Say which city, and in which country.' }],
    input_schema: {
      type: 'object',
      properties: { thing: { type: 'string', minLength: 2 } },
      required: ['thing'],
      additionalProperties: false,
    },
    output_schema: {
      type: 'object',
      properties: { city: { type: 'string' }, country: { type: 'string' } },
      required: ['city', 'country'],
      additionalProperties: false,
    },
    retry_limit: 2,
  },
});
try {
  const response = await client.responses.create({
    prompt: { id, variables: { thing: 'the Eiffel Tower' } },
  });
  const place = JSON.parse(response.output_text);
  console.log(`${place.city}, ${place.country}`);
  console.log(`Attempts: ${response.metadata.output_attempts ?? 1}`);
  check(typeof place.city === 'string' && typeof place.country === 'string', response.output_text);
} finally {
  await client.delete(`/prompts/${id}`);
}
