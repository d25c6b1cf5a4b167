import { AppError, type ModelDelta } from '@antiphon/contracts';
import type { ProviderStep, ScriptedProvider } from '@antiphon/service-kit/testing';
import { expect } from 'vitest';
import type { HttpProvider } from '../http-provider.ts';
import { answerTo } from './answer-to.ts';
import { modelRequest } from './model-request.ts';

export type Script = (ProviderStep | ProviderStep[])[];

/** The deltas of a provider's answer, which its server writes by a script. */
export function deltasOf(
  server: ScriptedProvider,
  provider: HttpProvider,
  script: Script,
): Promise<ModelDelta[]> {
  server.script = () => script;
  return answerTo(provider, modelRequest('Hi'));
}

/** The error that ends such an answer. */
export async function errorOf(
  server: ScriptedProvider,
  provider: HttpProvider,
  script: Script,
): Promise<AppError> {
  const error = await deltasOf(server, provider, script).then(
    () => new Error('no error'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}
