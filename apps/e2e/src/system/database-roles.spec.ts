import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { surroundings } from './surroundings.ts';
import { sharedSystem } from './system.ts';

/** The services run with these roles, so every other scenario shows that the rights suffice. */
await sharedSystem();
const { services } = surroundings().databaseUrls;
type Role = 'auth' | 'responses' | 'worker' | 'mcp';

/** A table with private data in each schema. */
const tables: Record<Role, string> = {
  auth: 'auth.signing_keys',
  responses: 'responses.responses',
  worker: 'responses.responses',
  mcp: 'mcp.servers',
};
const roles = Object.keys(tables) as Role[]; // the keys of the record above

async function queryAs(role: Role, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: services[role] ?? '' });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

describe('the roles of deploy/postgres/roles.sql', () => {
  it.each(roles)('let %s read its own schema and no other', async (role) => {
    await queryAs(role, `select 1 from ${tables[role]} limit 1`);
    for (const table of Object.values(tables).filter((other) => other !== tables[role]))
      await expect(queryAs(role, `select 1 from ${table} limit 1`), table).rejects.toThrow(
        'permission denied',
      );
  });

  it.each(roles)('let %s neither create nor alter nor truncate a table', async (role) => {
    const table = tables[role];
    const schema = table.split('.')[0];
    await expect(queryAs(role, `create table ${schema}.mine (id int)`)).rejects.toThrow('permission denied');
    await expect(queryAs(role, 'create table public.mine (id int)')).rejects.toThrow('permission denied');
    await expect(queryAs(role, `alter table ${table} add column mine int`)).rejects.toThrow('must be owner');
    await expect(queryAs(role, `truncate ${table}`)).rejects.toThrow('permission denied');
    await expect(queryAs(role, 'create role mine')).rejects.toThrow('permission denied');
  });
});
