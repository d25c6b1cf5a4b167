import type { StatedModels } from '../models/provider-models.ts';
import type { QuirkSource } from '../protocols/quirks/resolve-quirks.ts';
import type { HostedToolsSetting, ProtocolName } from '../protocols/protocol.ts';
import type { AwsCredentials } from '../providers/auth/aws-signature.ts';
import type { ServiceAccount } from '../providers/auth/google-service-account.ts';
import type { ProviderStreams } from '../providers/http-provider.ts';
import type { FallbackReason, Selection } from '../routing/plan/candidate.ts';
import type { RoomLimits } from '../routing/rooms/provider-rooms.ts';

/** How requests to a provider are authorized. */
export type Credentials =
  | { type: 'none' }
  | { type: 'bearer'; key: string }
  | { type: 'header'; name: string; key: string }
  /** Without credentials: those of AWS's chain, of this profile or the machine's own. */
  | { type: 'aws'; credentials: AwsCredentials | null; profile: string | null; region: string }
  /** Without an account: Google's application default credentials. */
  | { type: 'google'; account: ServiceAccount | null }
  /** Tokens of Microsoft Entra ID. */
  | { type: 'azure' };

/** One provider, from the environment, the file or a local port, with everything that its presets decide. */
export interface ProviderSettings {
  /** The name in routes (`name/model`), model lists and metrics. */
  name: string;
  /** The name in messages. */
  title: string;
  protocol: ProtocolName;
  /** Up to and including the version. */
  baseUrl: string;
  credentials: Credentials;
  headers: Readonly<Record<string, string>>;
  /** The account that reasoning and call data belong to. */
  account: string;
  quirks: QuirkSource;
  /** The only models that are offered; null: those that the provider lists. */
  models: readonly string[] | null;
  stated: StatedModels;
  /** Its share where several providers serve a model. */
  weight: number;
  /** In place of the limits of all providers. */
  limits: {
    connectTimeoutMs?: number;
    firstByteTimeoutMs?: number;
    silenceTimeoutMs?: number;
    room: Partial<RoomLimits>;
  };
  streams: ProviderStreams;
  /** Where hosted tools run; omitted: `ours`. */
  hostedTools?: HostedToolsSetting;
}

/** A target of a model's route: `provider/model`, or a model name that any provider may serve. */
export interface RouteTarget {
  to: string;
  /** Its share of the requests. */
  weight: number;
}

/** A model name of the operator: where its requests go, and where they go when all of these fail. */
export interface ModelRoute {
  route: readonly RouteTarget[];
  /** In this order. */
  fallback: readonly string[];
  /** How the targets of `route` are ordered. */
  select: Selection;
  /** Reasons for the next target beside those of every route. */
  fallbackOn: readonly FallbackReason[];
}

/** A provider that the file has with `enabled: false`. */
export type DisabledProvider = Pick<ProviderSettings, 'name' | 'weight'>;

/** All configured providers, the default one first, and the operator's model names. */
export interface ProvidersConfig {
  providers: readonly ProviderSettings[];
  disabled: readonly DisabledProvider[];
  models: ReadonlyMap<string, ModelRoute>;
}
