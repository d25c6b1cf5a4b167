import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@antiphon/tools/repository';
import { migratingServices, type ServiceName } from '@antiphon/tools/start/services';
import pg from 'pg';

/** The URLs of one database, one for each role of production. */
export interface DatabaseUrls {
  /** The superuser, for checks beyond the services' rights. */
  superuser: string;
  /** The role of each service with tables. */
  services: Partial<Record<ServiceName, string>>;
  /** The owner of the schema of each service with migrations. */
  migrations: Partial<Record<ServiceName, string>>;
}

const rolesFile = join(repositoryRoot, 'deploy/postgres/roles.sql');
const servicesWithRoles: ServiceName[] = ['auth', 'responses', 'worker', 'mcp'];
/** Roles belong to the whole cluster, where another test run may use them at the same time. */
const password = 'password-of-tests';

/** Creates the roles of production in a database. The URL must be a superuser's. */
export async function createRoles(superuser: string): Promise<DatabaseUrls> {
  const client = new pg.Client({ connectionString: superuser });
  await client.connect();
  try {
    await client.query(readFileSync(rolesFile, 'utf8'));
    const roles = [
      ...servicesWithRoles.map((name) => `antiphon_${name}`),
      ...migratingServices.map((name) => `antiphon_${name}_migrations`),
    ];
    for (const role of roles) await client.query(`alter role ${role} password '${password}'`);
  } finally {
    await client.end();
  }
  const urlOf = (role: string) => Object.assign(new URL(superuser), { username: role, password }).href;
  return {
    superuser,
    services: Object.fromEntries(servicesWithRoles.map((name) => [name, urlOf(`antiphon_${name}`)])),
    migrations: Object.fromEntries(
      migratingServices.map((name) => [name, urlOf(`antiphon_${name}_migrations`)]),
    ),
  };
}
