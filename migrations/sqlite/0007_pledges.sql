-- What a signer says to have come of the letter ("I left"): an act of its own, or a part of one that signs.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'kind IN (''reply'',', 'kind IN (''pledge'', ''reply'',')
WHERE type = 'table' AND name = 'act';
UPDATE sqlite_schema
SET sql = replace(sql, '(''followers'',', '(''pledged'', ''pledges_waiting'', ''followers'',')
WHERE type = 'table' AND name = 'total';
PRAGMA writable_schema = RESET;

-- How sure the words are, and what a moderator decided about them and their link.
ALTER TABLE act ADD COLUMN pledge TEXT CHECK (pledge IN ('clear', 'unsure'));
ALTER TABLE act ADD COLUMN pledge_state TEXT CHECK (pledge_state IN ('pending', 'shown', 'hidden'));

-- The same of the act that decides; the first link in its post; and when it was said. Null when there is none.
ALTER TABLE endorsement ADD COLUMN pledge TEXT CHECK (pledge IN ('clear', 'unsure'));
ALTER TABLE endorsement ADD COLUMN pledge_state TEXT CHECK (pledge_state IN ('pending', 'shown', 'hidden'));
ALTER TABLE endorsement ADD COLUMN pledge_url TEXT;
ALTER TABLE endorsement ADD COLUMN pledged_at INTEGER;
-- Who pledged, among those that the public list shows, in its two orders; and what waits for a moderator.
CREATE INDEX endorsement_pledged ON endorsement (endorsed_at, id, organisation, pledge_state) WHERE state = 'listed' AND pledge IS NOT NULL;
CREATE INDEX endorsement_pledged_by_name ON endorsement (shown_words, id, organisation, pledge_state) WHERE state = 'listed' AND pledge IS NOT NULL;
CREATE INDEX endorsement_pledge_waits ON endorsement (endorsed_at, id) WHERE pledge_state = 'pending';
-- Since when a pledge that counts has lasted: milestones ask for the newest.
CREATE INDEX endorsement_pledge_lasting ON endorsement (pledged_at) WHERE pledge IS NOT NULL;

-- Persons who signed, count, and have a pledge that counts; and shown endorsements of which the pledge alone waits for a
-- moderator, the statement not.
INSERT INTO total (name) VALUES ('pledged'), ('pledges_waiting');
CREATE TRIGGER endorsement_pledge_added AFTER INSERT ON endorsement
WHEN NEW.pledge IS NOT NULL AND NEW.state IN ('listed', 'counted')
BEGIN
    UPDATE total
    SET n = n + 1
    WHERE (name = 'pledged' AND NOT NEW.organisation AND NEW.kind NOT IN ('like', 'reaction')
           AND (NEW.pledge = 'clear' OR NEW.pledge_state = 'shown'))
       OR (name = 'pledges_waiting' AND NEW.pledge_state = 'pending'
           AND NEW.statement_state IS NOT 'pending' AND NEW.declared_state IS NOT 'pending');
END;
CREATE TRIGGER endorsement_pledge_changed
AFTER UPDATE OF state, organisation, kind, pledge, pledge_state, statement_state, declared_state ON endorsement
WHEN (OLD.pledge IS NOT NULL OR NEW.pledge IS NOT NULL)
     AND (OLD.state, OLD.organisation, OLD.kind, OLD.pledge, OLD.pledge_state, OLD.statement_state, OLD.declared_state)
     IS NOT (NEW.state, NEW.organisation, NEW.kind, NEW.pledge, NEW.pledge_state, NEW.statement_state, NEW.declared_state)
BEGIN
    UPDATE total
    SET n = MAX(0, n - 1)
    WHERE OLD.pledge IS NOT NULL AND OLD.state IN ('listed', 'counted')
      AND ((name = 'pledged' AND NOT OLD.organisation AND OLD.kind NOT IN ('like', 'reaction')
            AND (OLD.pledge = 'clear' OR OLD.pledge_state = 'shown'))
        OR (name = 'pledges_waiting' AND OLD.pledge_state = 'pending'
            AND OLD.statement_state IS NOT 'pending' AND OLD.declared_state IS NOT 'pending'));
    UPDATE total
    SET n = n + 1
    WHERE NEW.pledge IS NOT NULL AND NEW.state IN ('listed', 'counted')
      AND ((name = 'pledged' AND NOT NEW.organisation AND NEW.kind NOT IN ('like', 'reaction')
            AND (NEW.pledge = 'clear' OR NEW.pledge_state = 'shown'))
        OR (name = 'pledges_waiting' AND NEW.pledge_state = 'pending'
            AND NEW.statement_state IS NOT 'pending' AND NEW.declared_state IS NOT 'pending'));
END;
CREATE TRIGGER endorsement_pledge_removed AFTER DELETE ON endorsement
WHEN OLD.pledge IS NOT NULL AND OLD.state IN ('listed', 'counted')
BEGIN
    UPDATE total
    SET n = MAX(0, n - 1)
    WHERE (name = 'pledged' AND NOT OLD.organisation AND OLD.kind NOT IN ('like', 'reaction')
           AND (OLD.pledge = 'clear' OR OLD.pledge_state = 'shown'))
       OR (name = 'pledges_waiting' AND OLD.pledge_state = 'pending'
           AND OLD.statement_state IS NOT 'pending' AND OLD.declared_state IS NOT 'pending');
END;
