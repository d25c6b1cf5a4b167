import { type Egress, ConfigError, type Logger } from '@antiphon/service-kit';
import type { Config } from '../config.ts';
import { DemoProvider } from '../demo/demo.ts';
import { ProviderModels } from '../models/provider-models.ts';
import { findLocalServers } from '../provider-config/local-servers.ts';
import type { Credentials, ProviderSettings } from '../provider-config/provider-settings.ts';
import type { ProvidersSource, ReadProviders } from '../provider-config/providers-file.ts';
import { watchText } from '../provider-config/watch-text.ts';
import { loadProtocol } from '../protocols/registry.ts';
import { type Authorizer, bearer, headerKey, noAuthorization } from './auth/authorizer.ts';
import { awsChain } from './auth/aws-chain.ts';
import { type AwsCredentials, AwsSignature } from './auth/aws-signature.ts';
import { azureDefault } from './auth/azure-default.ts';
import { googleDefault } from './auth/google-default.ts';
import { GoogleServiceAccount } from './auth/google-service-account.ts';
import { LinkedContent } from './links/linked-content.ts';
import type { Provider } from './provider.ts';
import { ProviderSet, type ProvidersInUse } from './provider-set.ts';

type ProvidersLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

/** The configured providers, which follow the providers file; the demo provider where there is none. Logs which. */
export async function createProviderSet(
  config: Config,
  egress: Egress,
  logger: ProvidersLogger,
): Promise<ProviderSet> {
  const { file, fromEnvironment, findsLocalServers, streams } = config.providers;
  const factory = new ProviderFactory(config, new LinkedContent(egress), logger);
  if (file !== null) {
    const set = new ProviderSet(await factory.use(file.first));
    const reload = (text: string | null) => reloadProviders(text, { file, factory, set, logger });
    set.watchedUntil(watchText(file.path, file.text, reload));
    return set;
  }
  const named = fromEnvironment.map(({ settings }) => settings);
  const local = findsLocalServers ? await findLocalServers({ streams }) : [];
  const others = local.filter(({ baseUrl }) => !named.some((other) => isSameServer(other.baseUrl, baseUrl)));
  return new ProviderSet(
    await factory.use({
      providers: [...named, ...others],
      disabled: [],
      models: new Map(),
      warnings: [],
    }),
  );
}

/** Makes providers, and keeps those whose settings stay the same, with their connections and their requests. */
class ProviderFactory {
  private made = new Map<string, Provider>();
  private readonly demo = new DemoProvider();

  constructor(
    private readonly config: Config,
    private readonly linkedContent: LinkedContent,
    private readonly logger: ProvidersLogger,
  ) {}

  /** Providers with these settings. */
  async use({ providers: wanted, disabled, models, warnings }: ReadProviders): Promise<ProvidersInUse> {
    const made = new Map<string, Provider>();
    const fresh: ProviderSettings[] = [];
    for (const settings of wanted) {
      const fingerprint = JSON.stringify(settings);
      const kept = this.made.get(fingerprint);
      if (kept === undefined) fresh.push(settings);
      made.set(fingerprint, kept ?? (await this.make(settings)));
    }
    this.made = made;
    for (const { title, baseUrl } of fresh)
      this.logger.info({ provider: title, baseUrl: new URL(baseUrl).origin }, 'provider');
    for (const warning of warnings) this.logger.warn({ file: this.config.providers.file?.path }, warning);
    const weights = new Map(wanted.map(({ name, weight }) => [name, weight]));
    if (made.size > 0) return { providers: [...made.values()], weights, models, disabled };
    this.logger.warn(
      'no provider is configured, so the demo answers, which is not a language model; set OPENAI_API_KEY or OPENAI_BASE_URL',
    );
    return { providers: [this.demo], weights, models, disabled };
  }

  /** What a provider needs is loaded only where one is configured. */
  private async make({
    name,
    protocol,
    credentials,
    limits,
    stated,
    ...settings
  }: ProviderSettings): Promise<Provider> {
    const [{ HttpProvider }, spoken, { loadModelData }] = await Promise.all([
      import('./http-provider.ts'),
      loadProtocol(protocol),
      import('../models/model-data.ts'),
    ]);
    const priceList = settings.quirks.preset?.prices ?? null;
    const { factsOf, pricesOf } = new ProviderModels(await loadModelData(), priceList, stated);
    return new HttpProvider({
      name,
      ...settings,
      protocol: spoken,
      factsOf,
      pricesOf,
      authorizer: authorizerOf(credentials, settings),
      linkedContent: this.linkedContent,
      ...this.config.providerLimits,
      ...limits,
      room: { ...this.config.providerLimits.room, ...limits.room },
      // A provider's own timeouts count for all its models.
      ...((limits.silenceTimeoutMs ?? limits.firstByteTimeoutMs) !== undefined && { silenceByModel: [] }),
    });
  }
}

function authorizerOf(
  credentials: Credentials,
  { title, baseUrl }: { title: string; baseUrl: string },
): Authorizer {
  switch (credentials.type) {
    case 'none':
      return noAuthorization;
    case 'bearer':
      return bearer(credentials.key);
    case 'header':
      return headerKey(credentials.name, credentials.key);
    case 'aws':
      return new AwsSignature(awsCredentialsOf(credentials, title), {
        service: 'bedrock',
        region: credentials.region,
      });
    case 'google':
      return credentials.account === null
        ? googleDefault(title)
        : new GoogleServiceAccount(credentials.account, title);
    case 'azure':
      return azureDefault(title, new URL(baseUrl).hostname);
  }
}

function awsCredentialsOf(
  { credentials, profile, region }: Credentials & { type: 'aws' },
  title: string,
): () => Promise<AwsCredentials> {
  return credentials === null ? awsChain({ profile, region }, title) : () => Promise.resolve(credentials);
}

/** Whether two base URLs are at one server, so that a local server which the operator named is not found again. */
function isSameServer(one: string, other: string): boolean {
  const place = (url: string) => new URL(url).host.replace(/^localhost(?=:|$)/, '127.0.0.1');
  return place(one) === place(other);
}

interface Reloaded {
  file: ProvidersSource;
  factory: ProviderFactory;
  set: ProviderSet;
  logger: ProvidersLogger;
}

/** Uses a changed text of the providers file. A wrong text is refused, and the providers stay as they were. */
async function reloadProviders(text: string | null, { file, factory, set, logger }: Reloaded): Promise<void> {
  try {
    if (text === null) throw new ConfigError(`${file.path} cannot be read`);
    set.replace(await factory.use(file.parse(text)));
    logger.info({ file: file.path }, 'the providers file was read again');
  } catch (error) {
    const reason = error instanceof ConfigError ? error.message : error;
    logger.error({ file: file.path, reason }, 'the changed providers file is refused');
  }
}
