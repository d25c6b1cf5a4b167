// The README's call with the stock client.
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.ANTIPHON_URL ?? 'http://localhost:8000'}/v1`,
  apiKey: 'EMPTY',
});
const response = await client.responses.create({ model: 'gpt-4o-mini', input: 'Hello, who are you?' });
console.log(response.output_text);
