-- A direct message that signs without a name: an act whose text is not kept.
ALTER TABLE act DROP CONSTRAINT act_kind_check;
ALTER TABLE act ADD CONSTRAINT act_kind_check
    CHECK (kind IN ('direct', 'pledge', 'reply', 'mention', 'quote', 'like', 'reaction', 'comment'));
ALTER TABLE act DROP CONSTRAINT act_family_check;
ALTER TABLE act ADD CONSTRAINT act_family_check CHECK (family IN ('direct', 'post', 'like', 'reaction'));
ALTER TABLE act DROP CONSTRAINT act_visibility_check;
ALTER TABLE act ADD CONSTRAINT act_visibility_check CHECK (visibility IN ('public', 'unlisted', 'direct'));
ALTER TABLE total DROP CONSTRAINT total_name_check;
ALTER TABLE total ADD CONSTRAINT total_name_check CHECK (name IN
    ('nameless', 'pledged', 'pledges_waiting', 'followers', 'boosts', 'letter_boosts', 'quoting', 'evidence_bytes',
     'delivered', 'refused', 'abandoned'));

-- Persons who signed without a name, and count.
INSERT INTO total (name) VALUES ('nameless');
CREATE FUNCTION count_nameless() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    more BIGINT := 0;
    n_rows BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT COUNT(*) INTO n_rows FROM old_rows WHERE kind = 'direct' AND state = 'counted' AND NOT organisation;
        more := more - n_rows;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT COUNT(*) INTO n_rows FROM new_rows WHERE kind = 'direct' AND state = 'counted' AND NOT organisation;
        more := more + n_rows;
    END IF;
    IF more <> 0 THEN
        UPDATE total SET n = GREATEST(0, n + more) WHERE name = 'nameless';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER endorsement_nameless_added AFTER INSERT ON endorsement
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_nameless();
CREATE TRIGGER endorsement_nameless_changed AFTER UPDATE ON endorsement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_nameless();
CREATE TRIGGER endorsement_nameless_removed AFTER DELETE ON endorsement
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_nameless();
