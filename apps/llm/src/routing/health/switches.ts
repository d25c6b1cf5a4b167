/** An administrator's switch of a provider. */
export interface ProviderSwitch {
  provider: string;
  isEnabled: boolean;
  /** When it was switched, in milliseconds since the epoch. */
  atMs: number;
}

/** Providers with switches. The oldest one is forgotten first. */
const switchesMax = 1_000;

/** Which providers administrators have switched off. Of two switches of one provider the later one applies. */
export class Switches {
  private readonly latest = new Map<string, ProviderSwitch>();

  set(change: ProviderSwitch): void {
    const known = this.latest.get(change.provider);
    if (known !== undefined && known.atMs > change.atMs) return;
    this.latest.set(change.provider, change);
    const [oldest] = this.latest.keys();
    if (this.latest.size > switchesMax && oldest !== undefined) this.latest.delete(oldest);
  }

  isOn(provider: string): boolean {
    return this.latest.get(provider)?.isEnabled !== false;
  }

  get areAny(): boolean {
    return this.latest.size > 0;
  }

  get all(): ProviderSwitch[] {
    return [...this.latest.values()];
  }
}
