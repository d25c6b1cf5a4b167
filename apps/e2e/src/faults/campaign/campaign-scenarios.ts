import { describe, expect } from 'vitest';
import { scenario } from '../../scenario.ts';
import { type CampaignReport, runCampaign } from './campaign.ts';
import { Random } from '../../checks/random.ts';
import { faultScenarios, isLong } from '../fault-scenarios.ts';

const { faults } = await faultScenarios();
const runs = Number(process.env.FAULT_RUNS ?? (isLong ? 300 : 24));
const faultCount = Number(process.env.FAULT_COUNT ?? (isLong ? 80 : 6));
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe('a campaign of faults', () => {
  scenario(
    'faults-campaign',
    `loses nothing, repeats nothing and leaves nothing unfinished (FAULT_SEED=${seed})`,
    async () => {
      const result = await runCampaign(faults, {
        random: new Random(seed),
        runs,
        faults: faultCount,
        victims: 'all',
        report,
      });
      report(summaryOf(result));
      expect(result.violations).toEqual([]);
    },
    1_800_000,
  );

  scenario(
    'faults-effects',
    `of llm and mcp loses no effect of a tool and repeats none (FAULT_SEED=${seed})`,
    async () => {
      const result = await runCampaign(faults, {
        // Its runs have names of their own.
        random: new Random(seed + 1),
        runs,
        faults: Math.ceil(faultCount / 2),
        victims: 'llm and mcp',
        report,
      });
      report(summaryOf(result));
      expect(result.violations).toEqual([]);
    },
    1_800_000,
  );
});

function report(progress: string): void {
  process.stdout.write(`${progress}\n`);
}

function summaryOf(result: CampaignReport): string {
  const { accepted, turns, followed, streams, refused, unknownOutcomes } = result;
  return (
    `seed ${seed}: ${accepted} runs, ${turns} of them in conversations, ${followed} that were followed and ` +
    `${streams} streams through ${result.faults.length} faults (${result.faults.join(', ')}); ` +
    `${refused} requests refused, ${unknownOutcomes.length} calls of unknown outcome without an effect`
  );
}
