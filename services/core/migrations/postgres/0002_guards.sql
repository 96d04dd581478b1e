-- What no program may do, whatever its defects: the database itself refuses. `sixbtc:` marks the messages as ours.

CREATE FUNCTION guard_strategies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'GENERATED' THEN
            RAISE EXCEPTION 'sixbtc:step a strategy is born GENERATED';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.status NOT IN ('RETIRED', 'FAILED') THEN
            RAISE EXCEPTION 'sixbtc:step only RETIRED and FAILED strategies may be deleted';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        (OLD.status = 'GENERATED' AND NEW.status IN ('VALIDATED', 'FAILED'))
        OR (OLD.status = 'VALIDATED' AND NEW.status IN ('ACTIVE', 'FAILED', 'RETIRED'))
        OR (OLD.status = 'ACTIVE' AND NEW.status IN ('LIVE', 'RETIRED'))
        OR (OLD.status = 'LIVE' AND NEW.status IN ('ACTIVE', 'RETIRED'))) THEN
        RAISE EXCEPTION 'sixbtc:step no such step in the life of a strategy';
    END IF;
    IF NEW.id <> OLD.id OR NEW.text <> OLD.text OR NEW.normal_hash <> OLD.normal_hash OR NEW.recipe <> OLD.recipe
        OR NEW.created_at <> OLD.created_at THEN
        RAISE EXCEPTION 'sixbtc:fixed program, recipe and birth of a strategy never change';
    END IF;
    IF NEW.claim_token < OLD.claim_token THEN
        RAISE EXCEPTION 'sixbtc:fixed a fencing token never falls';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_strategies BEFORE INSERT OR UPDATE OR DELETE ON strategies
FOR EACH ROW EXECUTE FUNCTION guard_strategies();

CREATE FUNCTION guard_append() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sixbtc:append rows of % are never changed or deleted', TG_TABLE_NAME;
END $$;
CREATE TRIGGER guard_append BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION guard_append();
CREATE TRIGGER guard_append BEFORE UPDATE OR DELETE ON trials FOR EACH ROW EXECUTE FUNCTION guard_append();
CREATE TRIGGER guard_append BEFORE UPDATE OR DELETE ON seen FOR EACH ROW EXECUTE FUNCTION guard_append();
CREATE TRIGGER guard_append BEFORE UPDATE OR DELETE ON config_versions FOR EACH ROW EXECUTE FUNCTION guard_append();
CREATE TRIGGER guard_append BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION guard_append();
CREATE TRIGGER guard_append BEFORE DELETE ON trades FOR EACH ROW EXECUTE FUNCTION guard_append();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION guard_append();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON trials FOR EACH STATEMENT EXECUTE FUNCTION guard_append();
