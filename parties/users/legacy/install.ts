import type { Sql } from "postgres";

/**
 * What PostgreSQL gets of ours: an outbox of who has changed, filled by a trigger in the transaction of the change, so
 * that no writer is missed; and each row's user id, by which people are looked up here. All of it goes with
 * `UNINSTALL`, and none of it changes the users table itself.
 *
 * The functions keep the schema that they were made in, and write with the rights of who made them: the application
 * that writes users needs neither. What we write ourselves says so by `understory.carrying` and is not noted.
 */
const INSTALL = `
CREATE TABLE IF NOT EXISTS understory_outbox (
  seq bigserial PRIMARY KEY,
  user_id text NOT NULL,
  op text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);

CREATE OR REPLACE FUNCTION understory_user_id(id text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT 'usr_' || left(translate(encode(sha256(convert_to('postgres:' || id, 'UTF8')), 'base64'), '+/', '-_'), 21)
$$;

CREATE OR REPLACE FUNCTION understory_note_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF current_setting('understory.carrying', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO understory_outbox (user_id, op) SELECT id, 'delete' FROM users;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO understory_outbox (user_id, op) VALUES (OLD.id, 'delete');
  ELSE
    IF TG_OP = 'UPDATE' AND NEW.id <> OLD.id THEN
      INSERT INTO understory_outbox (user_id, op) VALUES (OLD.id, 'delete');
    END IF;
    INSERT INTO understory_outbox (user_id, op) VALUES (NEW.id, lower(TG_OP));
  END IF;
  RETURN NULL;
END
$$;

CREATE INDEX IF NOT EXISTS understory_users_user_id ON users (understory_user_id(id));

CREATE OR REPLACE TRIGGER understory_users_truncated BEFORE TRUNCATE ON users
FOR EACH STATEMENT EXECUTE FUNCTION understory_note_user();

CREATE OR REPLACE TRIGGER understory_users_changed AFTER INSERT OR UPDATE OR DELETE ON users
FOR EACH ROW EXECUTE FUNCTION understory_note_user();
`;

/** Makes it, unless it is there: what changes a table's triggers waits for whoever writes to it. */
export async function install(sql: Sql): Promise<void> {
  const [found] = await sql<{ isThere: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM pg_trigger WHERE tgname = 'understory_users_changed' AND tgrelid = to_regclass('users')
    ) AS "isThere"`;
  // Without parameters several statements go as one, which PostgreSQL runs in one transaction.
  if (found?.isThere !== true) await sql.unsafe(INSTALL);
}
