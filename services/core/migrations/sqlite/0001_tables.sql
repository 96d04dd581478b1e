-- Times are milliseconds since 1970 UTC, identities and JSON are text, money and prices are decimals as text: no database rounds them.
-- The same tables stand in ../postgres; a test holds them against each other.

CREATE TABLE strategies (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sentence TEXT NOT NULL,
    source TEXT NOT NULL,
    bred BIGINT NOT NULL CHECK (bred IN (0, 1)),
    kind TEXT NOT NULL,
    side TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    symbols TEXT NOT NULL,
    text TEXT NOT NULL,
    normal_hash TEXT NOT NULL,
    behaviour_hash TEXT NOT NULL,
    recipe TEXT NOT NULL,
    parents TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('GENERATED', 'VALIDATED', 'ACTIVE', 'LIVE', 'RETIRED', 'FAILED')),
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    status_at BIGINT NOT NULL,
    params TEXT,
    tested_at BIGINT,
    score_backtest DOUBLE PRECISION,
    robustness DOUBLE PRECISION,
    expected TEXT,
    trading TEXT,
    score_live DOUBLE PRECISION,
    reason TEXT,
    -- the claim: held while `claim_until` is set, until then
    claim_queue TEXT,
    claim_by TEXT,
    claim_token BIGINT NOT NULL DEFAULT 0,
    claim_since BIGINT,
    claim_until BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    CHECK ((claim_until IS NULL) = (claim_by IS NULL))
);
CREATE INDEX strategies_retest ON strategies (status, tested_at, id) WHERE claim_until IS NULL;
CREATE INDEX strategies_claimed ON strategies (claim_until) WHERE claim_until IS NOT NULL;
CREATE INDEX strategies_by_status ON strategies (status, created_at, id);
CREATE INDEX strategies_by_score ON strategies (status, score_backtest DESC, id);
CREATE INDEX strategies_by_change ON strategies (status, status_at, id);
CREATE INDEX strategies_by_age ON strategies (created_at, id);
CREATE INDEX strategies_by_source ON strategies (source, created_at, id);

-- Hashes of all programs and behaviours that ever were: they outlive the strategy.
CREATE TABLE seen (
    what TEXT NOT NULL CHECK (what IN ('normal', 'behaviour')),
    hash TEXT NOT NULL,
    strategy TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (what, hash)
);

-- Claims that were completed: handing one over again changes nothing.
CREATE TABLE completions (
    strategy TEXT NOT NULL,
    token BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (strategy, token)
);

CREATE TABLE runs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    strategy TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    params TEXT NOT NULL,
    dataset TEXT NOT NULL,
    figures TEXT NOT NULL,
    metrics TEXT NOT NULL
);
CREATE INDEX runs_by_strategy ON runs (strategy, id);

CREATE TABLE gates (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    strategy TEXT NOT NULL,
    at BIGINT NOT NULL,
    queue TEXT NOT NULL,
    name TEXT NOT NULL,
    figure DOUBLE PRECISION,
    threshold DOUBLE PRECISION,
    passed BIGINT NOT NULL CHECK (passed IN (0, 1)),
    says TEXT NOT NULL
);
CREATE INDEX gates_by_strategy ON gates (strategy, id);

-- The funnel, counted by the hour in the transaction of what it counts.
CREATE TABLE funnel (
    hour BIGINT NOT NULL,
    gate TEXT NOT NULL,
    passed BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (hour, gate)
);

CREATE TABLE trials (
    run TEXT NOT NULL PRIMARY KEY,
    data TEXT NOT NULL,
    lineage TEXT NOT NULL,
    at BIGINT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX trials_by_data ON trials (data, run);

-- Sums over the trials of a data set; of all under '*'.
CREATE TABLE trial_tallies (
    data TEXT NOT NULL PRIMARY KEY,
    tally TEXT NOT NULL
);

CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    strategy TEXT,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    what TEXT NOT NULL,
    outcome TEXT NOT NULL,
    took_ms BIGINT,
    data TEXT NOT NULL
);
CREATE INDEX events_by_strategy ON events (strategy, id);
CREATE INDEX events_by_time ON events (at, id);
CREATE INDEX events_by_stage ON events (stage, id);

CREATE TABLE subaccounts (
    id BIGINT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'PAUSED', 'STOPPED', 'CLOSING')),
    strategy TEXT UNIQUE,
    allocated TEXT NOT NULL,
    balance TEXT,
    unrealized TEXT,
    peak TEXT,
    peak_at BIGINT,
    day_start TEXT,
    day_at BIGINT,
    updated_at BIGINT NOT NULL
);

CREATE TABLE trades (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    subaccount BIGINT NOT NULL,
    position_id TEXT NOT NULL,
    strategy TEXT NOT NULL,
    strategy_name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('LONG', 'SHORT')),
    opened_at BIGINT NOT NULL,
    entry_price TEXT NOT NULL,
    size TEXT NOT NULL,
    entry_order TEXT,
    stop TEXT,
    target TEXT,
    leverage BIGINT NOT NULL,
    entry_fee TEXT NOT NULL,
    why TEXT NOT NULL,
    closed_at BIGINT,
    exit_price TEXT,
    exit_order TEXT,
    exit_reason TEXT,
    exit_fee TEXT,
    funding TEXT,
    slippage TEXT,
    pnl TEXT,
    UNIQUE (subaccount, position_id)
);
CREATE INDEX trades_by_strategy ON trades (strategy, opened_at, id);
CREATE INDEX trades_by_close ON trades (closed_at, id);
CREATE INDEX trades_by_open ON trades (opened_at, id);

CREATE TABLE positions (
    subaccount BIGINT NOT NULL,
    symbol TEXT NOT NULL,
    position_id TEXT NOT NULL,
    strategy TEXT,
    side TEXT NOT NULL CHECK (side IN ('LONG', 'SHORT')),
    size TEXT NOT NULL,
    entry_price TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    leverage BIGINT NOT NULL,
    stop TEXT,
    target TEXT,
    best_price TEXT,
    bars_held BIGINT NOT NULL,
    client_order TEXT,
    state TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (subaccount, symbol)
);

CREATE TABLE emergency (
    scope TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('halt_entries', 'force_close')),
    reason TEXT NOT NULL,
    since BIGINT NOT NULL,
    cooldown_until BIGINT,
    reset TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (scope, scope_id, cause)
);

CREATE TABLE coins (
    symbol TEXT NOT NULL PRIMARY KEY,
    max_leverage BIGINT NOT NULL,
    volume_24h TEXT NOT NULL,
    price TEXT NOT NULL,
    active BIGINT NOT NULL CHECK (active IN (0, 1)),
    coverage_days DOUBLE PRECISION,
    listed_at BIGINT,
    updated_at BIGINT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX coins_active ON coins (active, symbol);

CREATE TABLE datasets (
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    source TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    bars BIGINT NOT NULL,
    hash TEXT NOT NULL,
    complete BIGINT NOT NULL CHECK (complete IN (0, 1)),
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (symbol, timeframe, source)
);

CREATE TABLE regimes (
    symbol TEXT NOT NULL PRIMARY KEY,
    regime TEXT NOT NULL,
    direction TEXT NOT NULL,
    strength DOUBLE PRECISION NOT NULL,
    days BIGINT NOT NULL,
    at BIGINT NOT NULL,
    data TEXT NOT NULL
);

CREATE TABLE tasks (
    name TEXT NOT NULL PRIMARY KEY,
    due_at BIGINT NOT NULL,
    triggered_by TEXT,
    -- asked for by hand while it ran
    again_at BIGINT,
    again_by TEXT,
    claim_by TEXT,
    claim_token BIGINT NOT NULL DEFAULT 0,
    claim_until BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL
);
CREATE INDEX tasks_due ON tasks (due_at, name);

CREATE TABLE task_runs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL,
    token BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'crashed')),
    by_whom TEXT NOT NULL,
    triggered_by TEXT,
    error TEXT,
    data TEXT NOT NULL,
    UNIQUE (task, token)
);
CREATE INDEX task_runs_by_time ON task_runs (started_at, id);

CREATE TABLE snapshots (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('raw', 'hourly', 'daily')),
    at BIGINT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (subject, grain, at)
);

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    token BIGINT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE heartbeats (
    identity TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL
);

CREATE TABLE config_versions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    settings TEXT NOT NULL,
    changes TEXT NOT NULL
);

CREATE TABLE control (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by_whom TEXT NOT NULL
);
