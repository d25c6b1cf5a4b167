/**
 * Models that make images, by the documentation of their makers: OpenAI, Google, xAI, Black Forest Labs, Stability AI, Alibaba, Z.ai and
 * Bytedance. No data package has this flag.
 */
const imageModels =
  /^(gpt-image|chatgpt-image|dall-e|imagen|gemini-[\w.-]*image|grok-([\w.]+-)?(image|imagine-image)|flux|stable-diffusion|sd3|sdxl|stable-image|qwen-image|cogview|glm-image|seedream|ideogram|recraft)/;

/** Whether a model makes images, by the forms of its name; null where that is unknown. */
export function makesImagesOf(forms: readonly string[]): boolean | null {
  return forms.some((form) => imageModels.test(form)) ? true : null;
}
