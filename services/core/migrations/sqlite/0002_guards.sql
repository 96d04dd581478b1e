-- What no program may do, whatever its defects: the database itself refuses. `sixbtc:` marks the messages as ours.

CREATE TRIGGER guard_born BEFORE INSERT ON strategies
WHEN NEW.status <> 'GENERATED'
BEGIN SELECT RAISE(ABORT, 'sixbtc:step a strategy is born GENERATED'); END;

CREATE TRIGGER guard_step BEFORE UPDATE OF status ON strategies
WHEN NEW.status <> OLD.status AND NOT (
    (OLD.status = 'GENERATED' AND NEW.status IN ('VALIDATED', 'FAILED'))
    OR (OLD.status = 'VALIDATED' AND NEW.status IN ('ACTIVE', 'FAILED', 'RETIRED'))
    OR (OLD.status = 'ACTIVE' AND NEW.status IN ('LIVE', 'RETIRED'))
    OR (OLD.status = 'LIVE' AND NEW.status IN ('ACTIVE', 'RETIRED')))
BEGIN SELECT RAISE(ABORT, 'sixbtc:step no such step in the life of a strategy'); END;

CREATE TRIGGER guard_origin BEFORE UPDATE OF id, text, normal_hash, recipe, created_at ON strategies
WHEN NEW.id <> OLD.id OR NEW.text <> OLD.text OR NEW.normal_hash <> OLD.normal_hash OR NEW.recipe <> OLD.recipe
    OR NEW.created_at <> OLD.created_at
BEGIN SELECT RAISE(ABORT, 'sixbtc:fixed program, recipe and birth of a strategy never change'); END;

CREATE TRIGGER guard_token BEFORE UPDATE OF claim_token ON strategies
WHEN NEW.claim_token < OLD.claim_token
BEGIN SELECT RAISE(ABORT, 'sixbtc:fixed a fencing token never falls'); END;

CREATE TRIGGER guard_delete BEFORE DELETE ON strategies
WHEN OLD.status NOT IN ('RETIRED', 'FAILED')
BEGIN SELECT RAISE(ABORT, 'sixbtc:step only RETIRED and FAILED strategies may be deleted'); END;

CREATE TRIGGER guard_events_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'sixbtc:append events are never changed'); END;
CREATE TRIGGER guard_events_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'sixbtc:append events are never deleted'); END;

CREATE TRIGGER guard_trials_update BEFORE UPDATE ON trials
BEGIN SELECT RAISE(ABORT, 'sixbtc:append trials are never changed'); END;
CREATE TRIGGER guard_trials_delete BEFORE DELETE ON trials
BEGIN SELECT RAISE(ABORT, 'sixbtc:append trials are never deleted'); END;

CREATE TRIGGER guard_seen_update BEFORE UPDATE ON seen
BEGIN SELECT RAISE(ABORT, 'sixbtc:append seen hashes are never changed'); END;
CREATE TRIGGER guard_seen_delete BEFORE DELETE ON seen
BEGIN SELECT RAISE(ABORT, 'sixbtc:append seen hashes are never deleted'); END;

CREATE TRIGGER guard_runs_update BEFORE UPDATE ON runs
BEGIN SELECT RAISE(ABORT, 'sixbtc:append runs are never changed'); END;

CREATE TRIGGER guard_config_update BEFORE UPDATE ON config_versions
BEGIN SELECT RAISE(ABORT, 'sixbtc:append applied settings are never changed'); END;
CREATE TRIGGER guard_config_delete BEFORE DELETE ON config_versions
BEGIN SELECT RAISE(ABORT, 'sixbtc:append applied settings are never deleted'); END;

CREATE TRIGGER guard_trades_delete BEFORE DELETE ON trades
BEGIN SELECT RAISE(ABORT, 'sixbtc:append trades are never deleted'); END;
