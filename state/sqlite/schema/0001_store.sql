-- Every key begins with the name of a configuration: several of them may share one file.

CREATE TABLE lease (
  name       TEXT    NOT NULL,
  lease      TEXT    NOT NULL,
  token      TEXT    NOT NULL, -- empty: nobody has it
  fence      INTEGER NOT NULL, -- grows with every holder, also over releases
  holder     TEXT    NOT NULL, -- JSON
  ttl_ms     INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL, -- Unix time
  PRIMARY KEY (name, lease)
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
  name  TEXT NOT NULL,
  pair  TEXT NOT NULL,
  key   TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (name, pair, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
  name TEXT NOT NULL,
  ref  TEXT NOT NULL, -- desk:id
  pair TEXT NOT NULL,
  PRIMARY KEY (name, ref)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_pair ON conversation (name, pair);

CREATE TABLE agenda (
  name TEXT NOT NULL,
  pair TEXT NOT NULL,
  item TEXT NOT NULL, -- JSON
  PRIMARY KEY (name, pair)
) STRICT, WITHOUT ROWID;

CREATE TABLE value (
  name  TEXT NOT NULL,
  key   TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (name, key)
) STRICT, WITHOUT ROWID;

-- For people with a shell. Nothing in the program reads these.

CREATE VIEW twins AS
  SELECT name, pair AS origin, ref AS twin FROM conversation WHERE ref <> pair;

CREATE VIEW ledgers AS
  SELECT name, pair, key, CAST(value AS TEXT) AS value FROM record;

CREATE VIEW unfinished AS
  SELECT name, pair,
         CASE WHEN item ->> 'parked' THEN 'parked' ELSE 'pending' END AS state,
         item ->> 'reason'   AS reason,
         item ->> 'detail'   AS detail,
         item ->> 'since'    AS since,
         item ->> 'retry_at' AS retry_at,
         item ->> 'tries'    AS tries
  FROM agenda;

CREATE VIEW holders AS
  SELECT name, lease, fence,
         holder ->> 'host' AS host,
         holder ->> 'pid'  AS pid,
         datetime(expires_ms / 1000, 'unixepoch') AS expires
  FROM lease WHERE token <> '';
