-- Version 1 of the security master: contracts, their names elsewhere, and history. What is in it stays as it is: rows are
-- added, never changed or taken out. Times are nanoseconds since the Unix epoch; prices, quantities and volumes of history
-- are integers of 8 decimals (126.58 is 12658000000), those of contracts are decimal text.

-- A file that was taken in, and what came of it.
CREATE TABLE imports (
    id          INTEGER PRIMARY KEY,
    file        TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    kind        TEXT    NOT NULL, -- contracts, bars, quotes, trades
    instrument  TEXT,             -- of history
    rows        INTEGER NOT NULL, -- read from the file
    added       INTEGER NOT NULL,
    known       INTEGER NOT NULL, -- were there already, as they are
    differing   INTEGER NOT NULL, -- were there already with other values: what was there stays
    bad         INTEGER NOT NULL, -- could not be read and were left out
    gaps        INTEGER NOT NULL,
    missing     INTEGER NOT NULL, -- bars that would have stood in the gaps
    first_ns    INTEGER,
    last_ns     INTEGER,
    imported_at INTEGER NOT NULL
) STRICT;

CREATE TABLE instruments (
    id            INTEGER PRIMARY KEY,
    venue         TEXT    NOT NULL, -- '' where a history came without a contract
    symbol        TEXT    NOT NULL,
    class         TEXT    NOT NULL, -- as the source calls it
    description   TEXT,
    currency      TEXT,
    tick          TEXT,
    lot           TEXT,
    multiplier    TEXT,
    min_order     TEXT,
    option_right  TEXT,
    strike        TEXT,
    expiry        TEXT,             -- RFC 3339 or a date, as exact as the source
    session_zone  TEXT,
    session_hours TEXT,
    import        INTEGER NOT NULL REFERENCES imports,
    UNIQUE (venue, symbol)
) STRICT;

-- What others call an instrument: exchange tokens, broker tokens.
CREATE TABLE symbology (
    scheme     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    instrument INTEGER NOT NULL REFERENCES instruments,
    PRIMARY KEY (scheme, name, instrument)
) STRICT, WITHOUT ROWID;

CREATE TABLE bars (
    instrument INTEGER NOT NULL REFERENCES instruments,
    length_ns  INTEGER NOT NULL,
    open_ns    INTEGER NOT NULL, -- when the bar opens
    open       INTEGER NOT NULL,
    high       INTEGER NOT NULL,
    low        INTEGER NOT NULL,
    close      INTEGER NOT NULL,
    volume     INTEGER NOT NULL,
    import     INTEGER NOT NULL REFERENCES imports,
    PRIMARY KEY (instrument, length_ns, open_ns)
) STRICT, WITHOUT ROWID;

-- Many quotes and trades may share a time: `n` counts them in the order of their file.
CREATE TABLE quotes (
    instrument INTEGER NOT NULL REFERENCES instruments,
    local_ns   INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    venue_ns   INTEGER NOT NULL,
    bid        INTEGER NOT NULL,
    bid_qty    INTEGER NOT NULL,
    ask        INTEGER NOT NULL,
    ask_qty    INTEGER NOT NULL,
    import     INTEGER NOT NULL REFERENCES imports,
    PRIMARY KEY (instrument, local_ns, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE trades (
    instrument INTEGER NOT NULL REFERENCES instruments,
    local_ns   INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    venue_ns   INTEGER NOT NULL,
    price      INTEGER NOT NULL,
    qty        INTEGER NOT NULL,
    aggressor  TEXT    NOT NULL, -- buy, sell
    import     INTEGER NOT NULL REFERENCES imports,
    PRIMARY KEY (instrument, local_ns, n)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER bars_stay   BEFORE UPDATE ON bars   BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
CREATE TRIGGER quotes_stay BEFORE UPDATE ON quotes BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
CREATE TRIGGER trades_stay BEFORE UPDATE ON trades BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
CREATE TRIGGER bars_kept   BEFORE DELETE ON bars   BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
CREATE TRIGGER quotes_kept BEFORE DELETE ON quotes BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
CREATE TRIGGER trades_kept BEFORE DELETE ON trades BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
