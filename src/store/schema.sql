-- Version 1. Times are nanoseconds since the Unix epoch by the engine's clock, decimals are strings, and names are
-- names: nothing here needs the program that wrote it.

CREATE TABLE runs (
    run_id        TEXT    PRIMARY KEY,
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    status        TEXT    NOT NULL CHECK (status IN ('running', 'completed', 'failed')),
    mode          TEXT    NOT NULL CHECK (mode IN ('live', 'analyze')),
    version       TEXT    NOT NULL,
    config_sha256 TEXT    NOT NULL,
    config        TEXT    NOT NULL,
    feed          TEXT    NOT NULL,
    strategies    TEXT    NOT NULL, -- a JSON array of names
    host          TEXT    NOT NULL,
    pid           INTEGER NOT NULL,
    missed        INTEGER NOT NULL DEFAULT 0 -- events that could not be written
) WITHOUT ROWID;

-- Live and analyze never mix: two tables of the same columns.
CREATE TABLE order_log (
    run_id          TEXT    NOT NULL,
    seq             INTEGER NOT NULL,
    at_ns           INTEGER NOT NULL,
    topic           TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    cause_seq       INTEGER NOT NULL,
    strategy        TEXT,
    instrument      TEXT,
    order_no        INTEGER,
    client_order_id TEXT,
    actor           TEXT,
    payload         TEXT    NOT NULL, -- the event as JSON
    PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;
CREATE INDEX order_log_cause ON order_log (cause_seq, run_id);
CREATE INDEX order_log_client ON order_log (client_order_id) WHERE client_order_id IS NOT NULL;

CREATE TABLE analyzer_log (
    run_id          TEXT    NOT NULL,
    seq             INTEGER NOT NULL,
    at_ns           INTEGER NOT NULL,
    topic           TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    cause_seq       INTEGER NOT NULL,
    strategy        TEXT,
    instrument      TEXT,
    order_no        INTEGER,
    client_order_id TEXT,
    actor           TEXT,
    payload         TEXT    NOT NULL,
    PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;
CREATE INDEX analyzer_log_cause ON analyzer_log (cause_seq, run_id);
CREATE INDEX analyzer_log_client ON analyzer_log (client_order_id) WHERE client_order_id IS NOT NULL;

-- Both, each row with its mode: what `flightdeck journal` reads.
CREATE VIEW journal AS
    SELECT 'live' AS mode, run_id, seq, at_ns, topic, kind, cause_seq, strategy, instrument, order_no,
           client_order_id, actor, payload FROM order_log
    UNION ALL
    SELECT 'analyze', run_id, seq, at_ns, topic, kind, cause_seq, strategy, instrument, order_no,
           client_order_id, actor, payload FROM analyzer_log;
