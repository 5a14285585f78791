-- What every party has beside its own tables. The prefix keeps the two apart.

-- Broadcast events, for sockets that were away. `audience` is NULL for everyone.
CREATE TABLE k_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL,
  audience TEXT
);

-- Answers to frames and operations, by who sent them and the id they gave, so that a repeat gets the same answer.
CREATE TABLE k_operations (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  actor TEXT NOT NULL,
  id TEXT NOT NULL,
  result TEXT,
  UNIQUE (actor, id)
);

CREATE TABLE k_jobs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  input TEXT,
  recurrence TEXT,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  parked INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  -- Grows with every registration, so that a run that has just ended does not remove a newer one.
  version INTEGER NOT NULL DEFAULT 1
);

-- Effects outside the party that have not arrived yet. A lane is one receiver.
CREATE TABLE k_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lane TEXT NOT NULL,
  slot TEXT,
  body TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
);
CREATE INDEX k_outbox_lane ON k_outbox (lane, dead, id);

-- Per lane: the last id of the batch that was sent and whose fate is not known yet.
CREATE TABLE k_flights (
  lane TEXT PRIMARY KEY,
  up_to INTEGER NOT NULL
);

-- The last outbox row applied from each sender.
CREATE TABLE k_inbox (
  source TEXT PRIMARY KEY,
  last INTEGER NOT NULL
);
