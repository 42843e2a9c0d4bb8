"""What Qonversion's part adds to the sandbox's SQLite file. A file of before gets these tables when it is opened.

`key` is a secret key: it alone says which project and which environment a row belongs to.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS projects (
  number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, size INTEGER NOT NULL, project_key TEXT NOT NULL UNIQUE,
  secret_key TEXT NOT NULL UNIQUE, test_secret_key TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS paywall_experiments (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, alias_id TEXT NOT NULL,
  fields TEXT NOT NULL, status TEXT NOT NULL, started_at REAL, finished_at REAL, created_at REAL NOT NULL,
  updated_at REAL NOT NULL, visible_at REAL NOT NULL, deleted_at REAL,
  settled_at REAL NOT NULL, lived REAL NOT NULL, aged REAL NOT NULL);
CREATE INDEX IF NOT EXISTS paywall_experiments_alias ON paywall_experiments (key, alias_id);
CREATE TABLE IF NOT EXISTS paywall_groups (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, experiment INTEGER NOT NULL,
  place INTEGER NOT NULL, fields TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
  entered REAL NOT NULL);
CREATE INDEX IF NOT EXISTS paywall_groups_experiment ON paywall_groups (experiment, number);
CREATE VIEW IF NOT EXISTS stored_experiments AS SELECT number, id, key, fields, status, started_at, finished_at,
  created_at, updated_at, deleted_at, settled_at, lived, aged, alias_id, visible_at FROM paywall_experiments;
CREATE VIEW IF NOT EXISTS stored_groups AS SELECT number, id, experiment, place, fields, created_at, updated_at,
  entered FROM paywall_groups;
CREATE TABLE IF NOT EXISTS attachments (
  key TEXT NOT NULL, user_id TEXT NOT NULL, experiment INTEGER NOT NULL, group_id TEXT NOT NULL,
  PRIMARY KEY (key, user_id, experiment));
CREATE TABLE IF NOT EXISTS effect_details (
  number INTEGER PRIMARY KEY, project TEXT NOT NULL, alias_id TEXT NOT NULL, group_id TEXT NOT NULL,
  user_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency_keys (
  key TEXT NOT NULL, word TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, headers TEXT NOT NULL,
  PRIMARY KEY (key, word));
CREATE TABLE IF NOT EXISTS recent_calls (key TEXT NOT NULL, at REAL NOT NULL);
"""

EMPTY = (
    "DELETE FROM paywall_experiments",
    "DELETE FROM paywall_groups",
    "DELETE FROM attachments",
    "DELETE FROM effect_details",
    "DELETE FROM idempotency_keys",
    "DELETE FROM recent_calls",
)
