import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;
const version = 'v1';

/**
 * Seals secrets at rest: AES-256-GCM with a random nonce. The context (table, column, row) is authenticated with the text, so that
 * a sealed value copied into another row does not open.
 */
export class SecretBox {
  private constructor(private readonly key: KeyObject) {}

  /** `keyBase64` is 32 bytes. */
  static from(keyBase64: string): SecretBox {
    return new SecretBox(createSecretKey(Buffer.from(keyBase64, 'base64')));
  }

  seal(text: string, context: string): string {
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(algorithm, this.key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${version}.${sealed.toString('base64')}`;
  }

  /** Throws where the text was sealed with another key or for another context, or was changed. */
  open(sealed: string, context: string): string {
    const [sealedVersion, payload] = sealed.split('.');
    if (sealedVersion !== version || payload === undefined) throw new Error('not a sealed secret');
    const bytes = Buffer.from(payload, 'base64');
    const decipher = createDecipheriv(algorithm, this.key, bytes.subarray(0, nonceLength), {
      authTagLength: tagLength,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-tagLength));
    return (
      decipher.update(bytes.subarray(nonceLength, -tagLength), undefined, 'utf8') + decipher.final('utf8')
    );
  }
}
