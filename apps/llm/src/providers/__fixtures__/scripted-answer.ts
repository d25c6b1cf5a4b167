import { AppError, type ModelDelta } from '@antiphon/contracts';
import type { ProviderStep, ScriptedProvider } from '@antiphon/service-kit/testing';
import { expect } from 'vitest';
import type { HttpProvider } from '../http-provider.ts';
import { modelRequest } from './model-request.ts';

export type Script = (ProviderStep | ProviderStep[])[];

/** The deltas of a provider's answer, which its server writes by a script. */
export async function deltasOf(
  server: ScriptedProvider,
  provider: HttpProvider,
  script: Script,
): Promise<ModelDelta[]> {
  server.script = () => script;
  const deltas: ModelDelta[] = [];
  const bursts = provider.stream(modelRequest('Hi'), new AbortController().signal);
  for await (const burst of bursts) deltas.push(...burst);
  return deltas;
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
