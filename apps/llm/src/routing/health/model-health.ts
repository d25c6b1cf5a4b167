import type { AppError, HealthChange } from '@antiphon/contracts';
import { LRUCache } from 'lru-cache';
import { ProviderFault } from '../../providers/errors/provider-errors.ts';
import type { Candidate, ModelPlan } from '../plan/candidate.ts';
import type { CandidateView } from '../plan/order-round.ts';
import { Breaker, type BreakerLimits, type BreakerOutcome, type BreakerState } from './breaker.ts';
import { CandidateLoads } from './candidate-loads.ts';
import { type Cooldown, cooldownAfter, type CooldownLimits, Cooldowns } from './cooldowns.ts';
import { RepeatBudget, type RepeatBudgetLimits } from './repeat-budget.ts';
import { Switches } from './switches.ts';

/** How an attempt ended. */
export type AttemptEnd = 'ok' | 'cancelled' | AppError;

/** What is known of a model beside its health; null where it is unknown. */
export interface KnownFacts {
  contextWindow(candidate: Candidate): number | null;
  /** Of a request, in any unit that all candidates have in common. */
  price(candidate: Candidate): number | null;
}

const noFacts: KnownFacts = { contextWindow: () => null, price: () => null };

export interface HealthLimits extends RepeatBudgetLimits, BreakerLimits, CooldownLimits {}

export interface ModelHealthOptions {
  facts?: KnownFacts;
  nowMs?: () => number;
}

/** The state of one provider. */
export interface ProviderState {
  isEnabled: boolean;
  breaker: BreakerState;
  /** How long the breaker stays open. */
  openForMs: number;
  cooldowns: Cooldown[];
  /** Requests under way from this process. */
  underWay: number;
}

/** An attempt under way. */
export interface WatchedAttempt {
  /** The first output has come. */
  answered(latencyMs: number): void;
  end(how: AttemptEnd): void;
}

/** Providers with breakers. */
const breakersMax = 1_000;

/**
 * Which candidates should get requests, by the attempts of this process and the changes of the others. `onChange` gets the changes that this process
 * finds, `apply` takes those of other processes.
 */
export class ModelHealth implements CandidateView, KnownFacts {
  private readonly loads = new CandidateLoads();
  private readonly budget: RepeatBudget;
  private readonly cooldowns: Cooldowns;
  private readonly breakers = new LRUCache<string, Breaker>({ max: breakersMax });
  private readonly switches = new Switches();
  private readonly facts: KnownFacts;
  private readonly nowMs: () => number;
  /** Called with each change that other processes need. */
  onChange: (change: HealthChange) => void = () => undefined;

  constructor(
    private readonly limits: HealthLimits,
    options: ModelHealthOptions = {},
  ) {
    this.facts = options.facts ?? noFacts;
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.budget = new RepeatBudget(limits, this.nowMs);
    this.cooldowns = new Cooldowns(this.nowMs);
  }

  /** An attempt begins. */
  begin(candidate: Candidate): WatchedAttempt {
    const breaker = this.breakerOf(candidate.provider);
    this.budget.counted(candidate.provider);
    const isProbe = breaker.begin();
    const endLoad = this.loads.begin(candidate);
    return {
      answered: (latencyMs) => this.loads.answered(candidate, latencyMs),
      end: (how) => {
        endLoad();
        if (breaker.end(outcomeFor(how), isProbe))
          this.onChange({ opened: [{ provider: candidate.provider, forMs: breaker.openForMs }] });
        if (how === 'ok') this.cooldowns.clear(candidate.provider, candidate.model);
        else if (how !== 'cancelled') this.coolAfter(how, candidate);
      },
    };
  }

  /** Takes one of the retries that the provider has left. False: none is left. */
  readonly takeRepeat = (provider: string): boolean => this.budget.take(provider);

  /** Whether a provider gets requests: an administrator has not switched it off. */
  isOn(provider: string): boolean {
    return this.switches.isOn(provider);
  }

  /** Without the candidates that an administrator has switched off. */
  withoutSwitchedOff(plan: ModelPlan): ModelPlan {
    if (!this.switches.areAny) return plan;
    const isOn = ({ provider }: Candidate) => this.isOn(provider);
    return { ...plan, group: plan.group.filter(isOn), fallback: plan.fallback.filter(isOn) };
  }

  /** Switches a provider on or off, in all processes. `atMs` is the time of the switch: of two switches the later one applies. */
  switch(provider: string, isEnabled: boolean, atMs: number): void {
    this.switches.set({ provider, isEnabled, atMs });
    this.onChange({ switches: [{ provider, isEnabled, atMs }] });
  }

  /** The state of this process, for a process that starts. */
  get changes(): Required<Omit<HealthChange, 'from'>> {
    const opened = [...this.breakers.entries()]
      .map(([provider, breaker]) => ({ provider, forMs: breaker.openForMs }))
      .filter(({ forMs }) => forMs > 0);
    return { cooldowns: this.cooldowns.all, opened, switches: this.switches.all };
  }

  /** A change that another process found. */
  apply({ cooldowns = [], opened = [], switches = [] }: HealthChange): void {
    for (const cooldown of cooldowns) this.cooldowns.add(cooldown);
    for (const { provider, forMs } of opened) this.breakerOf(provider).open(forMs);
    for (const change of switches) this.switches.set(change);
  }

  stateOf(provider: string): ProviderState {
    const breaker = this.breakers.get(provider);
    return {
      isEnabled: this.isOn(provider),
      breaker: breaker?.state ?? 'closed',
      openForMs: breaker?.openForMs ?? 0,
      cooldowns: this.cooldowns.all.filter((cooldown) => cooldown.provider === provider),
      underWay: this.loads.loadOf(provider),
    };
  }

  isReady({ provider, model }: Candidate): boolean {
    return !this.cooldowns.isCooling(provider, model) && this.breakers.get(provider)?.isReady !== false;
  }

  load(candidate: Candidate): number {
    return this.loads.load(candidate);
  }

  latencyMs(candidate: Candidate): number | null {
    return this.loads.latencyMs(candidate);
  }

  price(candidate: Candidate): number | null {
    return this.facts.price(candidate);
  }

  contextWindow(candidate: Candidate): number | null {
    return this.facts.contextWindow(candidate);
  }

  private coolAfter(error: AppError, candidate: Candidate): void {
    const cooldown = cooldownAfter(error, candidate, this.limits);
    if (cooldown === null) return;
    this.cooldowns.add(cooldown);
    this.onChange({ cooldowns: [cooldown] });
  }

  private breakerOf(provider: string): Breaker {
    const known = this.breakers.get(provider);
    if (known !== undefined) return known;
    const breaker = new Breaker(this.limits, this.nowMs);
    this.breakers.set(provider, breaker);
    return breaker;
  }
}

/** Failures of the provider itself: no connection, an error of its server, overload, silence. */
function outcomeFor(how: AttemptEnd): BreakerOutcome {
  if (how === 'ok') return 'ok';
  const kind = how !== 'cancelled' && how.cause instanceof ProviderFault ? how.cause.kind : null;
  return kind === 'connection' || kind === 'failed' || kind === 'overloaded' || kind === 'silence'
    ? 'failure'
    : 'neither';
}
