import pg from 'pg';
import { HttpClient, type LoadRequest } from '../load/http-client.ts';
import { modelName } from '../provider/chat-script.ts';
import type { Antiphon } from '../targets/antiphon.ts';
import { type Guest, logIn } from '../targets/callers.ts';
import { responsesRequest } from '../targets/target.ts';
import { loadOf } from './plain-create.ts';
import type { Contestant, Scenario } from './scenario.ts';

const few = 1_000;
const many = 1_000_000;
const manyQuick = 20_000;
const connections = 4;
/** A guest may send 3,000 requests in a burst, and each load is repeated in every round. */
const requests = 150;
/** A search without a match may read every row, so only a few are sent, one at a time. One that times out counts as a figure. */
const searches = 4;

/** Callers with few and many stored responses, retrieving and listing. */
export const storedResponses: Scenario = {
  name: 'stored-responses',
  title: 'Retrieve and list, with few and many stored responses',
  how:
    `One caller has ${few} stored responses, another 1,000,000; a closed loop of ${connections} connections. ` +
    'Lists have 20 responses; the searched metadata and model match nothing, and are searched for one at a time.',
  metrics: {
    cpuMs: { label: 'CPU ms a request', digits: 2 },
    p50: { label: 'p50 ms', digits: 1 },
    p99: { label: 'p99 ms', digits: 1 },
    failed: { label: 'failed', digits: 0 },
  },
  prepare: async ({ antiphon, isQuick }) => {
    const contestants: Contestant[] = [];
    for (const rows of [few, isQuick ? manyQuick : many]) {
      const { guest, ids } = await storeResponses(antiphon, rows);
      contestants.push(...loadsOf(antiphon, guest, { ids, label: rows === few ? 'few' : 'many' }));
    }
    return { contestants };
  },
};

function loadsOf(
  antiphon: Antiphon,
  guest: Guest,
  { ids, label }: { ids: string[]; label: string },
): Contestant[] {
  let place = 0;
  const get = (path: () => string) => (): LoadRequest => ({
    method: 'GET',
    path: path(),
    headers: guest.headers,
  });
  const load = (name: string, count: number, path: () => string): Contestant => ({
    name: `${name}, ${label}`,
    run: () => {
      const options = { connections: count === searches ? 1 : connections, durationMs: Infinity, count };
      return loadOf(antiphon, get(path), options, (result) => result);
    },
  });
  return [
    load('retrieve', requests, () => `/v1/responses/${ids[place++ % ids.length]}`),
    load('list', requests, () => '/v1/responses?limit=20'),
    load('list by metadata', searches, () => '/v1/responses?limit=20&metadata[project]=none'),
    load('list by model', searches, () => '/v1/responses?limit=20&model=none'),
  ];
}

/** Makes a guest with one response, and copies it with SQL; the copies lie one second apart in the past. */
async function storeResponses(antiphon: Antiphon, rows: number): Promise<{ guest: Guest; ids: string[] }> {
  const client = new HttpClient(antiphon.origin, 1);
  const database = new pg.Client({ connectionString: await antiphon.databaseUrl() });
  await database.connect();
  try {
    const guest = await logIn(client);
    const ask = { model: modelName({ tokens: 64 }), input: 'Say something of 64 tokens.' };
    const { id } = await client.sendJson<{ id: string }>(responsesRequest(ask, guest.headers));
    await database.query(copyStatement(await columnsOf(database)), [id, rows - 1]);
    await database.query('vacuum analyze responses.responses');
    const { rows: sample } = await database.query<{ id: string }>(
      `select id from responses.responses where user_id = $1 order by hashtext(id) limit 500`,
      [guest.userId],
    );
    return { guest, ids: sample.map((row) => row.id) };
  } finally {
    await Promise.all([client.close(), database.end()]);
  }
}

async function columnsOf(database: pg.Client): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select column_name as name from information_schema.columns
      where table_schema = 'responses' and table_name = 'responses' and is_generated = 'NEVER'`,
  );
  return rows.map(({ name }) => name);
}

/** `$1` is the response to copy, `$2` how often. Every copy has the prefix and the length of an id, and digits of its own. */
function copyStatement(columns: readonly string[]): string {
  const values = columns.map((column) => {
    if (column === 'id') return `left(r.id, 15) || lpad(n::text, 24, '0')`;
    if (column === 'created_at') return `r.created_at - n * interval '1 second'`;
    return `r.${column}`;
  });
  return `insert into responses.responses (${columns.join(', ')})
    select ${values.join(', ')} from responses.responses r, generate_series(1, $2::int) n where r.id = $1`;
}
