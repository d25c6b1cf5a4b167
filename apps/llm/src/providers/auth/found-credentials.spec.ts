import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsChain } from './aws-chain.ts';
import { AwsSignature } from './aws-signature.ts';
import { azureDefault, azureScope } from './azure-default.ts';
import { googleDefault } from './google-default.ts';

/** The endpoints where the clouds' libraries find credentials, on loopback. */
let server: Server;
let url: string;
let asked: string[];
/** The replies by method and path; others are 404. */
let replies: Record<string, (request: IncomingMessage, body: string) => unknown>;
let folder: string;

const call = { method: 'POST', url: 'https://bedrock.example/model/m/converse', body: '{}' } as const;
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

beforeEach(async () => {
  asked = [];
  replies = {};
  folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const place = `${request.method} ${(request.url ?? '').split('?')[0]}`;
      asked.push(place);
      const reply = replies[place]?.(request, body);
      const content = typeof reply === 'string' ? reply : JSON.stringify(reply ?? {});
      response.writeHead(reply === undefined ? 404 : 200, { 'metadata-flavor': 'Google' }).end(content);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Nothing of the machine that the spec runs on.
  for (const name of Object.keys(process.env))
    if (/^(AWS|AZURE|GOOGLE|GCE|GCLOUD|IDENTITY|MSI)_/.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', folder);
  vi.stubEnv('PATH', folder);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe("AWS's chain", () => {
  const find = (profile: string | null = null) => awsChain({ profile, region: 'eu-west-1' }, 'Bedrock');
  const temporary = (id: string) => ({
    AccessKeyId: id,
    SecretAccessKey: 'secret',
    Token: 'token',
    Expiration: inAnHour(),
    Code: 'Success',
  });

  it('finds those of a container, and keeps them for the requests of an hour', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/task`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'may I');
    replies['GET /task'] = ({ headers }) =>
      headers.authorization === 'may I' ? temporary('TASK') : undefined;
    const signature = new AwsSignature(find(), { service: 'bedrock', region: 'eu-west-1' });
    expect((await signature.sign(call))['authorization']).toContain('Credential=TASK/');
    expect((await signature.sign(call))['x-amz-security-token']).toBe('token');
    expect(signature.secrets).toEqual(['secret', 'token']);
    expect(asked).toEqual(['GET /task']);
  });

  it('finds those of an instance', async () => {
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', url);
    replies['PUT /latest/api/token'] = () => 'session';
    replies['GET /latest/meta-data/iam/security-credentials/'] = () => 'our-role';
    replies['GET /latest/meta-data/iam/security-credentials/our-role'] = ({ headers }) =>
      headers['x-aws-ec2-metadata-token'] === 'session' ? temporary('ROLE') : undefined;
    expect(await find()()).toEqual({ accessKeyId: 'ROLE', secretAccessKey: 'secret', sessionToken: 'token' });
  });

  it('finds those of a web identity', async () => {
    writeFileSync(join(folder, 'token'), 'who I am');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/ours');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
    replies['POST /'] = (_request, body) =>
      new URLSearchParams(body).get('WebIdentityToken') === 'who I am'
        ? `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>POD</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${inAnHour()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
        : undefined;
    expect(await find()()).toMatchObject({ accessKeyId: 'POD', sessionToken: 'token' });
  });

  it('finds those of the named profile', async () => {
    const profile = (name: string) =>
      `[${name}]\naws_access_key_id = OF-${name}\naws_secret_access_key = s\n`;
    writeFileSync(join(folder, 'credentials'), profile('default') + profile('team'));
    expect(await find('team')()).toEqual({
      accessKeyId: 'OF-team',
      secretAccessKey: 's',
      sessionToken: null,
    });
    expect(await find()()).toMatchObject({ accessKeyId: 'OF-default' });
  });

  describe('of a profile with SSO', () => {
    const start = 'https://ours.awsapps.com/start';
    const logIn = (expiresAt: string) => {
      const cache = join(folder, '.aws/sso/cache');
      mkdirSync(cache, { recursive: true });
      const token = { startUrl: start, region: 'eu-west-1', accessToken: 'logged in', expiresAt };
      writeFileSync(
        join(cache, `${createHash('sha1').update('ours').digest('hex')}.json`),
        JSON.stringify(token),
      );
    };

    beforeEach(() => {
      vi.stubEnv('AWS_ENDPOINT_URL_SSO', url);
      writeFileSync(
        join(folder, 'config'),
        `[profile team]\nsso_session = ours\nsso_account_id = 123456789012\nsso_role_name = Models\n` +
          `[sso-session ours]\nsso_start_url = ${start}\nsso_region = eu-west-1\n`,
      );
      replies['GET /federation/credentials'] = ({ url: path = '', headers }) => {
        const { searchParams: asked } = new URL(path, url);
        if (headers['x-amz-sso_bearer_token'] !== 'logged in' || asked.get('role_name') !== 'Models')
          return undefined;
        const expiration = Date.now() + 3_600_000;
        return {
          roleCredentials: { accessKeyId: 'SSO', secretAccessKey: 's', sessionToken: 't', expiration },
        };
      };
    });

    it('are those of the role, by the login that is in the cache', async () => {
      logIn(inAnHour());
      const credentials = find('team');
      expect(await credentials()).toEqual({ accessKeyId: 'SSO', secretAccessKey: 's', sessionToken: 't' });
      await credentials();
      expect(asked).toEqual(['GET /federation/credentials']);
    });

    it('are the operator to fix where the login has expired', async () => {
      logIn(new Date(0).toISOString());
      await expect(find('team')()).rejects.toMatchObject({
        code: 'model_error',
        cause: { kind: 'credentials' },
      });
      expect(asked).toEqual([]);
    });
  });

  it('without any is the operator to fix, without its words to callers', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await expect(find()()).rejects.toMatchObject({
      code: 'model_error',
      message: "The provider Bedrock did not accept this server's credentials",
      cause: { kind: 'credentials' },
    });
  });
});

describe("Google's default credentials", () => {
  it('are those of the metadata server, kept for the requests of an hour', async () => {
    vi.stubEnv('GCE_METADATA_HOST', url.slice('http://'.length));
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    replies['GET /computeMetadata/v1/instance/service-accounts/default/token'] = () => ({
      access_token: 'ya29.x',
      expires_in: 3600,
      token_type: 'Bearer',
    });
    replies['GET /computeMetadata/v1/universe/universe-domain'] = () => 'googleapis.com';
    const found = googleDefault('Vertex');
    expect(await found.sign()).toMatchObject({ authorization: 'Bearer ya29.x' });
    expect(await found.sign()).toMatchObject({ authorization: 'Bearer ya29.x' });
    expect(found.secrets).toEqual(['ya29.x']);
    expect(asked.filter((place) => place.endsWith('/token'))).toHaveLength(1);
  });

  it('that a file names and that are not there are the operator to fix', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'gone.json'));
    await expect(googleDefault('Vertex').sign()).rejects.toMatchObject({
      code: 'model_error',
      cause: { kind: 'credentials' },
    });
  });
});

describe("Azure's default credential", () => {
  it('is a token of a managed identity, kept for the requests of an hour', async () => {
    vi.stubEnv('IDENTITY_ENDPOINT', `${url}/msi`);
    vi.stubEnv('IDENTITY_HEADER', 'may I');
    const resource = 'https://cognitiveservices.azure.com';
    replies['GET /msi'] = ({ url: path = '', headers }) =>
      headers['x-identity-header'] === 'may I' && new URL(path, url).searchParams.get('resource') === resource
        ? { access_token: 'ours', expires_on: String(Math.floor(Date.now() / 1000) + 3600), resource }
        : undefined;
    const found = azureDefault('Azure OpenAI', 'our.openai.azure.com');
    expect(await found.sign()).toEqual({ authorization: 'Bearer ours' });
    expect(await found.sign()).toEqual({ authorization: 'Bearer ours' });
    expect(found.secrets).toEqual(['ours']);
    expect(asked).toEqual(['GET /msi']);
  });

  it.each([
    ['our.openai.azure.com', 'https://cognitiveservices.azure.com/.default'],
    ['our.openai.azure.us', 'https://cognitiveservices.azure.us/.default'],
    ['gateway.example', 'https://cognitiveservices.azure.com/.default'],
  ])('of %s is for %s', (host, scope) => {
    expect(azureScope(host)).toBe(scope);
  });
});
