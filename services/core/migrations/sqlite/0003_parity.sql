-- Live trades beside their twins of the simulation.
CREATE TABLE parity (
    key TEXT NOT NULL PRIMARY KEY,
    strategy TEXT NOT NULL,
    subaccount BIGINT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('LONG', 'SHORT')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'paired', 'no_twin', 'no_trade')),
    at BIGINT NOT NULL,
    entry_bps DOUBLE PRECISION,
    exit_bps DOUBLE PRECISION,
    live TEXT,
    twin TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX parity_by_strategy ON parity (strategy, at, key);
CREATE INDEX parity_by_time ON parity (at, key);
