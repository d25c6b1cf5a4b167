import { randomBytes } from 'node:crypto';
import { SecretBox } from '@antiphon/service-kit';
import { CompactionBox } from '../sealed/compaction-box.ts';
import { SealedReasoning } from '../sealed/sealed-reasoning.ts';

const secrets = SecretBox.from(randomBytes(32).toString('base64'));
export const testReasoning = new SealedReasoning(secrets);
export const testCompactions = new CompactionBox(secrets);
