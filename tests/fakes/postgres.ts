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
  /** Nobody reaches it any more, until `comeBack`. */
  goAway: () => Promise<void>;
  comeBack: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const database = await PGlite.create();
  await database.exec("CREATE TABLE users (id text PRIMARY KEY, email text, name text NULL, picture text NULL)");
  const listenOn = async (port: number): Promise<PGLiteSocketServer> => {
    const listener = new PGLiteSocketServer({ db: database, host: LOOPBACK, port, maxConnections: MAX_CONNECTIONS });
    await listener.start();
    return listener;
  };
  let server = await listenOn(0);
  const address = server.getServerConn();
  const query = async <Row>(sql: string, params: unknown[] = []): Promise<Row[]> =>
    (await database.query<Row>(sql, params)).rows;
  return {
    url: `postgres://postgres:postgres@${address}/postgres`,
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
    goAway: async () => await server.stop(),
    comeBack: async () => {
      server = await listenOn(Number(address.split(":").at(-1)));
    },
    stop: async () => {
      await server.stop();
      await database.close();
    },
  };
}
