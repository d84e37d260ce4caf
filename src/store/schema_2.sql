-- Version 2. Every kind of event to a table of its own, beside the logs; samples of positions and equity; names of runs.
-- Times are nanoseconds since the Unix epoch by the engine's clock (venue_ns: by the venue's), decimals are strings, money
-- is in the instrument's settlement currency (in samples: in the account's) and names are names. run_no is runs.no. Each
-- table has a view v_… with the run's name and times that a person can read.

ALTER TABLE runs ADD COLUMN no INTEGER;
ALTER TABLE runs ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN currency TEXT NOT NULL DEFAULT '';
UPDATE runs SET
    no = (SELECT count(*) FROM runs AS other WHERE (other.started_at, other.run_id) <= (runs.started_at, runs.run_id)),
    name = strftime('%Y%m%d-%H%M%S', started_at / 1000000000, 'unixepoch') || '_' || coalesce(
        (SELECT group_concat(value, '+') FROM json_each(runs.strategies) WHERE value NOT IN ('manual', 'external')),
        'manual');
CREATE UNIQUE INDEX runs_no ON runs (no);
CREATE INDEX runs_name ON runs (name);

-- What was traded: master is the instrument as JSON, as the run knew it.
CREATE TABLE run_instruments (
    run_no     INTEGER NOT NULL,
    instrument TEXT    NOT NULL,
    no         INTEGER NOT NULL,
    contract   TEXT    NOT NULL,
    size       TEXT    NOT NULL,
    settle     TEXT    NOT NULL,
    master     TEXT    NOT NULL,
    PRIMARY KEY (run_no, instrument)
) WITHOUT ROWID;

-- Bars of a history: received_ns by our clock when it reached us, processed_ns when the engine took it.
CREATE TABLE bars (
    run_no       INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    processed_ns INTEGER NOT NULL,
    received_ns  INTEGER NOT NULL,
    instrument   TEXT,
    open_ns      INTEGER NOT NULL,
    close_ns     INTEGER NOT NULL,
    open         TEXT    NOT NULL,
    high         TEXT    NOT NULL,
    low          TEXT    NOT NULL,
    close        TEXT    NOT NULL,
    volume       TEXT    NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_bars AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', processed_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', processed_ns % 1000000000) AS time, bars.*
    FROM bars JOIN runs ON runs.no = bars.run_no;

-- Orders released to the broker (held 0) or taken to be kept by the engine (held 1). mid: the middle of the newest
-- quote of the instrument when it was decided.
CREATE TABLE submissions (
    run_no            INTEGER NOT NULL,
    seq               INTEGER NOT NULL,
    at_ns             INTEGER NOT NULL,
    cause_seq         INTEGER NOT NULL,
    held              INTEGER NOT NULL,
    mode              TEXT    NOT NULL,
    strategy          TEXT,
    instrument        TEXT,
    order_no          INTEGER NOT NULL,
    client_order_id   TEXT    NOT NULL,
    actor             TEXT    NOT NULL,
    side              TEXT    NOT NULL,
    type              TEXT    NOT NULL,
    qty               TEXT    NOT NULL,
    limit_price       TEXT,
    trigger_price     TEXT,
    trail             TEXT,
    tif               TEXT    NOT NULL,
    post_only         INTEGER NOT NULL,
    reduce_only       INTEGER NOT NULL,
    venue_reduce_only INTEGER,
    label             TEXT    NOT NULL,
    rules_passed      INTEGER,
    batch_no          INTEGER,
    leg               INTEGER,
    link_group        INTEGER,
    link_role         TEXT,
    mid               TEXT,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_submissions AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, submissions.*
    FROM submissions JOIN runs ON runs.no = submissions.run_no;

-- Cancels released to the broker.
CREATE TABLE cancel_requests (
    run_no          INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    at_ns           INTEGER NOT NULL,
    cause_seq       INTEGER NOT NULL,
    strategy        TEXT,
    instrument      TEXT,
    order_no        INTEGER NOT NULL,
    client_order_id TEXT    NOT NULL,
    actor           TEXT    NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_cancel_requests AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, cancel_requests.*
    FROM cancel_requests JOIN runs ON runs.no = cancel_requests.run_no;

-- Changes released to the broker: the whole new quantity and prices.
CREATE TABLE modify_requests (
    run_no          INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    at_ns           INTEGER NOT NULL,
    cause_seq       INTEGER NOT NULL,
    strategy        TEXT,
    instrument      TEXT,
    order_no        INTEGER NOT NULL,
    client_order_id TEXT    NOT NULL,
    actor           TEXT    NOT NULL,
    type            TEXT    NOT NULL,
    qty             TEXT    NOT NULL,
    limit_price     TEXT,
    trigger_price   TEXT,
    trail           TEXT,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_modify_requests AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, modify_requests.*
    FROM modify_requests JOIN runs ON runs.no = modify_requests.run_no;

-- What the broker took: what is submit or modify.
CREATE TABLE acceptances (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    cause_seq  INTEGER NOT NULL,
    strategy   TEXT,
    instrument TEXT,
    order_no   INTEGER NOT NULL,
    what       TEXT    NOT NULL,
    venue_id   TEXT,
    venue_ns   INTEGER NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_acceptances AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, acceptances.*
    FROM acceptances JOIN runs ON runs.no = acceptances.run_no;

-- What the broker refused: what is submit, cancel or modify; sent 0 where it did not leave here.
CREATE TABLE rejections (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    cause_seq  INTEGER NOT NULL,
    strategy   TEXT,
    instrument TEXT,
    order_no   INTEGER NOT NULL,
    what       TEXT    NOT NULL,
    sent       INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    venue_ns   INTEGER NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_rejections AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, rejections.*
    FROM rejections JOIN runs ON runs.no = rejections.run_no;

-- Orders that ended by their time in force.
CREATE TABLE expirations (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    cause_seq  INTEGER NOT NULL,
    strategy   TEXT,
    instrument TEXT,
    order_no   INTEGER NOT NULL,
    venue_ns   INTEGER NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_expirations AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, expirations.*
    FROM expirations JOIN runs ON runs.no = expirations.run_no;

-- Orders that were canceled; what is canceled, or lost: proven not to be at the broker.
CREATE TABLE cancels (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    cause_seq  INTEGER NOT NULL,
    strategy   TEXT,
    instrument TEXT,
    order_no   INTEGER NOT NULL,
    what       TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    venue_ns   INTEGER,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_cancels AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, cancels.*
    FROM cancels JOIN runs ON runs.no = cancels.run_no;

-- What moved positions: kind is fill, foreign (nobody here sent it), bust (taken back: the reversal), claim (moved from external to a
-- strategy at its average price) or settlement. worth is unsigned.
CREATE TABLE fills (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    cause_seq  INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    mode       TEXT    NOT NULL,
    strategy   TEXT    NOT NULL,
    instrument TEXT    NOT NULL,
    order_no   INTEGER NOT NULL,
    side       TEXT    NOT NULL,
    qty        TEXT    NOT NULL,
    price      TEXT    NOT NULL,
    worth      TEXT    NOT NULL,
    fee        TEXT    NOT NULL,
    liquidity  TEXT    NOT NULL,
    fill_id    TEXT    NOT NULL,
    venue_ns   INTEGER NOT NULL,
    PRIMARY KEY (run_no, seq, part)
) WITHOUT ROWID;
CREATE VIEW v_fills AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, fills.*
    FROM fills JOIN runs ON runs.no = fills.run_no;

-- Funding received, negative where paid.
CREATE TABLE funding (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    strategy   TEXT    NOT NULL,
    instrument TEXT    NOT NULL,
    amount     TEXT    NOT NULL,
    payment    TEXT    NOT NULL,
    venue_ns   INTEGER NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_funding AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, funding.*
    FROM funding JOIN runs ON runs.no = funding.run_no;

-- What the gate refused: the rule, what it measured and what it allows. What it approved are the submissions.
CREATE TABLE risk_decisions (
    run_no      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    at_ns       INTEGER NOT NULL,
    cause_seq   INTEGER NOT NULL,
    decision    TEXT    NOT NULL,
    strategy    TEXT,
    instrument  TEXT,
    actor       TEXT    NOT NULL,
    side        TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    qty         TEXT    NOT NULL,
    limit_price TEXT,
    label       TEXT    NOT NULL,
    rule        TEXT    NOT NULL,
    value       TEXT,
    limit_value TEXT,
    unit        TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_risk_decisions AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, risk_decisions.*
    FROM risk_decisions JOIN runs ON runs.no = risk_decisions.run_no;

-- Baskets, splits and option structures: kind is began, denied, stopped, decided or completed.
CREATE TABLE batches (
    run_no    INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    at_ns     INTEGER NOT NULL,
    cause_seq INTEGER NOT NULL,
    batch_no  INTEGER,
    kind      TEXT    NOT NULL,
    what      TEXT,
    strategy  TEXT,
    actor     TEXT,
    legs      INTEGER,
    filled    INTEGER,
    leg       INTEGER,
    notional  TEXT,
    reason    TEXT,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_batches AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, batches.*
    FROM batches JOIN runs ON runs.no = batches.run_no;

-- Quotes of instruments in which something is held, once a second and where one led to something.
CREATE TABLE marks (
    run_no     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    instrument TEXT    NOT NULL,
    bid        TEXT    NOT NULL,
    ask        TEXT    NOT NULL,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;
CREATE VIEW v_marks AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, marks.*
    FROM marks JOIN runs ON runs.no = marks.run_no;

-- Positions every few seconds of the engine's time, where they changed, and at both ends of the run; counted since the book
-- began. Amounts in settlement currency. Mark and unrealised P&L are those of the row: a mark that moves writes none, the
-- table `marks` tells it.
CREATE TABLE position_samples (
    run_no     INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    strategy   TEXT    NOT NULL,
    instrument TEXT    NOT NULL,
    net        TEXT    NOT NULL,
    average    TEXT,
    mark       TEXT,
    realised   TEXT    NOT NULL,
    unrealised TEXT,
    fees       TEXT    NOT NULL,
    funding    TEXT    NOT NULL,
    traded     TEXT    NOT NULL,
    fills      INTEGER NOT NULL,
    PRIMARY KEY (run_no, at_ns, strategy, instrument)
) WITHOUT ROWID;
CREATE VIEW v_position_samples AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, position_samples.*
    FROM position_samples JOIN runs ON runs.no = position_samples.run_no;

-- P&L every few seconds of the engine's time, where it changed, and at both ends of the run; counted since the book began.
-- strategy is '' for the account. In account currency.
CREATE TABLE equity_samples (
    run_no     INTEGER NOT NULL,
    at_ns      INTEGER NOT NULL,
    strategy   TEXT    NOT NULL,
    realised   TEXT    NOT NULL,
    unrealised TEXT    NOT NULL,
    fees       TEXT    NOT NULL,
    funding    TEXT    NOT NULL,
    net        TEXT    NOT NULL,
    equity     TEXT,
    PRIMARY KEY (run_no, at_ns, strategy)
) WITHOUT ROWID;
CREATE VIEW v_equity_samples AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, equity_samples.*
    FROM equity_samples JOIN runs ON runs.no = equity_samples.run_no;

-- What a unit of another settlement currency was worth in the account's.
CREATE TABLE rates (
    run_no   INTEGER NOT NULL,
    at_ns    INTEGER NOT NULL,
    currency TEXT    NOT NULL,
    rate     TEXT    NOT NULL,
    PRIMARY KEY (run_no, at_ns, currency)
) WITHOUT ROWID;
CREATE VIEW v_rates AS
    SELECT runs.name AS run, strftime('%Y-%m-%dT%H:%M:%S', at_ns / 1000000000, 'unixepoch')
           || printf('.%09dZ', at_ns % 1000000000) AS time, rates.*
    FROM rates JOIN runs ON runs.no = rates.run_no;

-- How many orders the gate approved, by run and strategy.
CREATE VIEW risk_approvals AS
    SELECT run_no, strategy, count(*) AS approved, min(rules_passed) AS least_rules
    FROM submissions WHERE held = 0 GROUP BY run_no, strategy;
