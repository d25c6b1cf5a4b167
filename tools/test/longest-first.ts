import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest. One of them that began last would leave the other worker without work at the end. `kept` searches the whole
 * database, which has few rows at the beginning.
 */
const longest = [
  /\/kept\.spec/,
  /\/faults\//,
  /\/console\//,
  /\/examples\./,
  /\/(counts|history|large-bodies|events|routing)\.spec/,
  /\/local-python\./,
  /\/(vector-stores|files|events)\.pg\./,
];

/** Vitest's order, with the longest files first: it knows no durations on a fresh clone, and takes large files for long ones. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId, project }: TestSpecification) => {
      const rank = longest.findIndex((pattern) => pattern.test(moduleId));
      return [project.config.sequence.groupOrder, rank === -1 ? longest.length : rank] as const;
    };
    // Stable: files of one rank keep their order.
    return (await super.sort(files)).sort((a, b) => {
      const [[groupA, rankA], [groupB, rankB]] = [rankOf(a), rankOf(b)];
      return groupA - groupB || rankA - rankB;
    });
  }
}
