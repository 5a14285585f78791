import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

const LOOPBACK = "127.0.0.1";
/** The worker's edge and its users party come side by side. */
const MAX_CONNECTIONS = 10;

export interface LegacyUser {
  id: string;
  email: string | null;
  name: string | null;
  picture: string | null;
}

/** A real PostgreSQL on a loopback socket, with the users table of the older application. */
export interface Postgres {
  url: string;
  query: <Row>(sql: string, params?: unknown[]) => Promise<Row[]>;
  insert: (users: readonly Partial<LegacyUser>[]) => Promise<void>;
  users: () => Promise<LegacyUser[]>;
  stop: () => Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const database = await PGlite.create();
  await database.exec("CREATE TABLE users (id text PRIMARY KEY, email text, name text NULL, picture text NULL)");
  const server = new PGLiteSocketServer({ db: database, host: LOOPBACK, port: 0, maxConnections: MAX_CONNECTIONS });
  await server.start();
  const query = async <Row>(sql: string, params: unknown[] = []): Promise<Row[]> =>
    (await database.query<Row>(sql, params)).rows;
  return {
    url: `postgres://postgres:postgres@${server.getServerConn()}/postgres`,
    query,
    insert: async (users) => {
      await query(
        `INSERT INTO users (id, email, name, picture)
         SELECT id, email, name, picture FROM jsonb_to_recordset($1::jsonb)
           AS given (id text, email text, name text, picture text)`,
        [JSON.stringify(users)],
      );
    },
    users: async () => await query<LegacyUser>("SELECT * FROM users ORDER BY id"),
    stop: async () => {
      await server.stop();
      await database.close();
    },
  };
}
