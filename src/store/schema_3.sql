-- Version 3. Quotes and trades of backtests in which everything was recorded; a run at work keeps those that led to something.

CREATE TABLE quotes (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    instrument TEXT,
    bid        TEXT    NOT NULL,
    bid_qty    TEXT    NOT NULL,
    ask        TEXT    NOT NULL,
    ask_qty    TEXT    NOT NULL,
    venue_ns   INTEGER NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_quotes AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, quotes.*
    FROM quotes JOIN runs ON runs.no = quotes.run_no;

CREATE TABLE trades (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    instrument TEXT,
    aggressor  TEXT    NOT NULL,
    price      TEXT    NOT NULL,
    qty        TEXT    NOT NULL,
    venue_ns   INTEGER NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_trades AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, trades.*
    FROM trades JOIN runs ON runs.no = trades.run_no;
