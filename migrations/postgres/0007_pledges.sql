-- What a signer says to have come of the letter ("I left"): an act of its own, or a part of one that signs.
ALTER TABLE act DROP CONSTRAINT act_kind_check;
ALTER TABLE act ADD CONSTRAINT act_kind_check
    CHECK (kind IN ('pledge', 'reply', 'mention', 'quote', 'like', 'reaction', 'comment'));
ALTER TABLE total DROP CONSTRAINT total_name_check;
ALTER TABLE total ADD CONSTRAINT total_name_check CHECK (name IN
    ('pledged', 'pledges_waiting', 'followers', 'boosts', 'letter_boosts', 'quoting', 'evidence_bytes', 'delivered',
     'refused', 'abandoned'));

-- How sure the words are, and what a moderator decided about them and their link.
ALTER TABLE act ADD COLUMN pledge TEXT COLLATE "C" CHECK (pledge IN ('clear', 'unsure'));
ALTER TABLE act ADD COLUMN pledge_state TEXT COLLATE "C" CHECK (pledge_state IN ('pending', 'shown', 'hidden'));

-- The same of the act that decides; the first link in its post; and when it was said. Null when there is none.
ALTER TABLE endorsement ADD COLUMN pledge TEXT COLLATE "C" CHECK (pledge IN ('clear', 'unsure'));
ALTER TABLE endorsement ADD COLUMN pledge_state TEXT COLLATE "C" CHECK (pledge_state IN ('pending', 'shown', 'hidden'));
ALTER TABLE endorsement ADD COLUMN pledge_url TEXT COLLATE "C";
ALTER TABLE endorsement ADD COLUMN pledged_at BIGINT;
-- Who pledged, among those that the public list shows, in its two orders; and what waits for a moderator.
CREATE INDEX endorsement_pledged ON endorsement (endorsed_at, id, organisation, pledge_state) WHERE state = 'listed' AND pledge IS NOT NULL;
CREATE INDEX endorsement_pledged_by_name ON endorsement (shown_words, id, organisation, pledge_state) WHERE state = 'listed' AND pledge IS NOT NULL;
CREATE INDEX endorsement_pledge_waits ON endorsement (endorsed_at, id) WHERE pledge_state = 'pending';
-- Since when a pledge that counts has lasted: milestones ask for the newest.
CREATE INDEX endorsement_pledge_lasting ON endorsement (pledged_at) WHERE pledge IS NOT NULL;

-- Persons who signed, count, and have a pledge that counts; and shown endorsements of which the pledge alone waits for a
-- moderator, the statement not.
INSERT INTO total (name) VALUES ('pledged'), ('pledges_waiting');
CREATE FUNCTION count_pledges() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pledges BIGINT := 0;
    waits BIGINT := 0;
    n_pledges BIGINT;
    n_waits BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT COUNT(*) FILTER (WHERE NOT organisation AND kind NOT IN ('like', 'reaction')
                                  AND (pledge = 'clear' OR pledge_state = 'shown')),
               COUNT(*) FILTER (WHERE pledge_state = 'pending' AND statement_state IS DISTINCT FROM 'pending'
                                  AND declared_state IS DISTINCT FROM 'pending')
        INTO n_pledges, n_waits
        FROM old_rows
        WHERE pledge IS NOT NULL AND state IN ('listed', 'counted');
        pledges := pledges - n_pledges;
        waits := waits - n_waits;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT COUNT(*) FILTER (WHERE NOT organisation AND kind NOT IN ('like', 'reaction')
                                  AND (pledge = 'clear' OR pledge_state = 'shown')),
               COUNT(*) FILTER (WHERE pledge_state = 'pending' AND statement_state IS DISTINCT FROM 'pending'
                                  AND declared_state IS DISTINCT FROM 'pending')
        INTO n_pledges, n_waits
        FROM new_rows
        WHERE pledge IS NOT NULL AND state IN ('listed', 'counted');
        pledges := pledges + n_pledges;
        waits := waits + n_waits;
    END IF;
    UPDATE total
    SET n = GREATEST(0, n + CASE name WHEN 'pledged' THEN pledges ELSE waits END)
    WHERE (name = 'pledged' AND pledges <> 0) OR (name = 'pledges_waiting' AND waits <> 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER endorsement_pledge_added AFTER INSERT ON endorsement
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_pledges();
CREATE TRIGGER endorsement_pledge_changed AFTER UPDATE ON endorsement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_pledges();
CREATE TRIGGER endorsement_pledge_removed AFTER DELETE ON endorsement
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_pledges();
