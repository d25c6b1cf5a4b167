import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppProcess } from './app-process.ts';

const none = 'providers: []\n';
/** The service looks for changes once a second. */
const readTimeoutMs = 60_000;

/** The providers file of the llm service of a system under test. The providers of the variables follow those of the file. */
export class ProvidersFile {
  private readonly path: string;
  private text = none;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, 'providers.yml');
    writeFileSync(this.path, none);
  }

  /** The variables of an llm service that reads it. */
  variables(): NodeJS.ProcessEnv {
    return { LLM_PROVIDERS_FILE: this.path };
  }

  /** Writes another text, and resolves when `llm` has read it and uses it. Without a text the file has no provider. */
  async use(llm: AppProcess, text = none): Promise<void> {
    if (text === this.text) return;
    const read = llm.saysNext(/the providers file was read again|the changed providers file is refused/);
    // In one step: the service must not read half a file.
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
    this.text = text;
    const timeout = AbortSignal.timeout(readTimeoutMs);
    const line = await Promise.race([
      read,
      new Promise<never>((_, reject) =>
        timeout.addEventListener('abort', () => reject(new Error(`${llm.name} did not read ${this.path}`))),
      ),
    ]);
    if (line.includes('is refused')) throw new Error(line);
  }
}
