import pg from 'pg';

/** A statement that a service sent to PostgreSQL. */
export interface LoggedStatement {
  /** The database role, which has the service's name. */
  role: string;
  sql: string;
}

const linePattern = /^([^|]*)\|(\d+)\|LOG: {2}(?:statement|execute [^:]*): (.*)$/;

/**
 * The rounds in which a service publishes its outbox. How many of them fall into a request depends on its duration, and under load many
 * requests share one, so they belong to no request. The insert into the outbox does.
 */
const outboxRound =
  /^(?:select pg_(?:try_)?advisory_(?:un)?lock\(hashtext|select .* from \w+\.outbox |delete from \w+\.outbox )/;

/** Reads the statements and transactions of the services from the log of their PostgreSQL server. */
export class StatementLog {
  readonly statements: LoggedStatement[] = [];
  /** Transactions that were begun, explicitly or by a single statement. */
  transactions = 0;
  /** The sessions inside an explicit transaction. */
  private readonly open = new Set<string>();

  /** Takes one line of the server's log. Lines that continue a statement begin with a tab and are skipped. */
  take(line: string): void {
    const [, role, session, sql] = linePattern.exec(line) ?? [];
    if (role === undefined || session === undefined || sql === undefined) return;
    if (!role.startsWith('antiphon_') || outboxRound.test(sql)) return;
    this.statements.push({ role, sql });
    const begins = /^(begin|start transaction)\b/i.test(sql);
    if (begins || !this.open.has(session)) this.transactions++;
    if (begins) this.open.add(session);
    else if (/^(commit|rollback(?! to)|end)\b/i.test(sql)) this.open.delete(session);
  }
}

/** Makes a server log every statement, in the form that `StatementLog` reads. The URL must be a superuser's. */
export async function logStatements(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(`alter system set log_line_prefix = '%u|%p|'`);
    await client.query(`alter system set log_statement = 'all'`);
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
}
