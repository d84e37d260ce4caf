-- Version 1 of the journal: every fact of a book, in order, each row bound to the one before it by its hash. Times are
-- nanoseconds since the Unix epoch. No index but the row numbers: whatever is here is content and is checked.

-- A start of the engine. Its hash continues the chain of the run before it.
CREATE TABLE runs (
    no            INTEGER PRIMARY KEY,
    run_id        TEXT    NOT NULL,
    book_id       TEXT    NOT NULL,
    name          TEXT    NOT NULL, -- {YYYYMMDD-HHMMSS}_{strategies}
    epoch         INTEGER NOT NULL, -- starts of this data directory, this one included
    mode          TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    host          TEXT    NOT NULL,
    file_id       TEXT    NOT NULL, -- the file this was written to, as the file system knows it: a copy has another
    pid           INTEGER NOT NULL,
    started_at    INTEGER NOT NULL,
    version       TEXT    NOT NULL,
    binary_sha256 TEXT    NOT NULL,
    config_sha256 TEXT    NOT NULL,
    genesis       TEXT    NOT NULL, -- JSON
    base_seq      INTEGER NOT NULL, -- the last event of the book before this run
    base          BLOB    NOT NULL, -- the state the run began with: MessagePack, zstd
    state_hash    BLOB    NOT NULL, -- of that state
    first_row     INTEGER NOT NULL, -- the number its first fact has
    prev          BLOB    NOT NULL,
    hash          BLOB    NOT NULL
) STRICT;

-- One row a fact. Numbers have no holes; `seq` has: market data takes numbers too.
CREATE TABLE facts (
    n               INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL,
    run             INTEGER NOT NULL, -- runs.no
    at_wall         INTEGER NOT NULL, -- the engine's clock
    at_mono         INTEGER NOT NULL, -- nanoseconds since the process began, monotonic
    mode            TEXT    NOT NULL,
    topic           TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    strategy        TEXT,
    client_order_id TEXT,
    correlation     INTEGER NOT NULL, -- the seq of the first event of its chain
    version         INTEGER NOT NULL, -- of the payload's form
    payload         TEXT    NOT NULL, -- the event as JSON, ids as in the run's genesis, no floats
    hash            BLOB    NOT NULL  -- SHA-256 over the hash before it and this row
) STRICT;

-- The state after row `n`, so that a start need not fold everything. Not part of the chain: a bad one is left out.
CREATE TABLE snapshots (
    id         INTEGER PRIMARY KEY,
    run        INTEGER NOT NULL,
    n          INTEGER NOT NULL, -- the last row folded into it; first_row - 1 for none
    seq        INTEGER NOT NULL,
    chain      BLOB    NOT NULL, -- the chain's hash at that row
    state_hash BLOB    NOT NULL, -- SHA-256 over the canonical state
    body       BLOB    NOT NULL, -- MessagePack, zstd
    hash       BLOB    NOT NULL  -- over all of the above
) STRICT;

-- A run that ended in order. Part of the chain: the next run's header continues it.
CREATE TABLE ends (
    run      INTEGER PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    n        INTEGER NOT NULL, -- the run's last row; first_row - 1 for none
    prev     BLOB    NOT NULL,
    hash     BLOB    NOT NULL
) STRICT;
