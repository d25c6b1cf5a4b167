import { randomBytes } from 'node:crypto';
import { SecretBox } from '@antiphon/service-kit';
import { ThoughtBox } from '../sealed/thought-box.ts';

export const testThoughts = new ThoughtBox(SecretBox.from(randomBytes(32).toString('base64')));
