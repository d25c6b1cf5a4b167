import { randomBytes } from 'node:crypto';
import { SecretBox } from '@antiphon/service-kit';
import { SealedReasoning } from '../sealed/sealed-reasoning.ts';

export const testReasoning = new SealedReasoning(SecretBox.from(randomBytes(32).toString('base64')));
