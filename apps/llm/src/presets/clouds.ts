import type { Preset } from './preset.ts';

/** The makers of models, and the clouds that serve them. */
export const clouds = {
  openai: {
    protocol: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    auth: 'bearer',
    quirks: 'openai',
  },
  azure_openai: {
    protocol: 'openai',
    // https://NAME.openai.azure.com/openai/v1; models are named by their deployments.
    baseUrl: null,
    auth: 'azure',
    quirks: 'azure',
  },
  anthropic: {
    protocol: 'anthropic_messages',
    baseUrl: 'https://api.anthropic.com/v1',
    auth: { header: 'x-api-key' },
    quirks: 'anthropic',
    keyVariable: 'ANTHROPIC_API_KEY',
    headers: { 'anthropic-version': '2023-06-01' },
  },
  gemini: {
    protocol: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    auth: { header: 'x-goog-api-key' },
    quirks: 'gemini',
    keyVariable: 'GEMINI_API_KEY',
  },
  vertex: {
    protocol: 'gemini',
    baseUrl:
      'https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/publishers/google',
    auth: 'google',
    quirks: 'gemini',
  },
  aws_bedrock: {
    protocol: 'bedrock_converse',
    baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
    auth: 'aws',
    quirks: 'bedrock',
  },
} satisfies Record<string, Preset>;
