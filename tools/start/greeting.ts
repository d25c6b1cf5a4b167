import type { ModelInUse } from './model-in-use.ts';

export interface GreetingFacts {
  address: string;
  model: ModelInUse | undefined;
  /** Whether calls without a token are allowed. */
  isOpen: boolean;
  /** The address of the stack's own NATS for programs that read events. */
  eventsUrl: string | undefined;
  dataFolder: string;
  logFolder: string;
  /** The folder of the database if it is not in the data folder. */
  databaseFolder: string | undefined;
  seconds: number;
}

/** Returns the text that `npm start` prints when the stack is ready: the addresses, the model, and an example call. */
export function greeting({
  address,
  model,
  isOpen,
  eventsUrl,
  dataFolder,
  logFolder,
  databaseFolder,
  seconds,
}: GreetingFacts): string {
  const rows = [
    ['console', `${address}/console/`],
    ['API', address],
    ['model', describeModel(model)],
    ...(eventsUrl === undefined ? [] : [['events', eventsUrl]]),
    ['data', dataFolder],
    ...(databaseFolder === undefined
      ? []
      : [['database', `${databaseFolder} (PostgreSQL's own user cannot reach the data folder)`]]),
    ['logs', logFolder],
    ['stop', 'Ctrl-C, or: npm stop'],
  ];
  return [
    '',
    `Antiphon is ready after ${seconds.toFixed(1)} s.`,
    '',
    ...rows.map(([name, value]) => `  ${name?.padEnd(9)}${value}`),
    '',
    'Try it:',
    '',
    ...(isOpen
      ? []
      : [
          `  TOKEN=$(curl -s -X POST ${address}/llm/auth/guest-login | grep -o '"access_token":"[^"]*' | cut -d'"' -f4)`,
        ]),
    `  curl ${address}/v1/responses -H 'Content-Type: application/json' ${isOpen ? '' : '-H "Authorization: Bearer $TOKEN" '}\\`,
    `    -d '{"model": "${model?.name ?? 'demo'}", "input": "Hello! Who are you?"}'`,
    '',
  ].join('\n');
}

function describeModel(model: ModelInUse | undefined): string {
  if (model === undefined) return 'none answers; see the log of llm';
  if (!model.isDemo) return model.name;
  return `${model.name}, a built-in planner without a language model. For a real one set OPENAI_API_KEY or OPENAI_BASE_URL`;
}
