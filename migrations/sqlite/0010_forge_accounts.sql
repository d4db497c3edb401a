-- Who signs by a comment on a forge: an account there is stored as an actor without keys and without an inbox. `forge` is
-- the source of what it signs: `github`, or the host of the forge; null in the Fediverse.
ALTER TABLE actor ADD COLUMN forge TEXT;
CREATE INDEX actor_forge ON actor (forge, host_id) WHERE forge IS NOT NULL;

-- Whether the words are those of an edit that somebody else may have made.
ALTER TABLE act ADD COLUMN unvouched INTEGER NOT NULL DEFAULT 0 CHECK (unvouched IN (0, 1));

-- Persons of forges that count, by source, by the day since 1970 (UTC) of their comment, and whether they are on the list.
CREATE TABLE forge_count (
    source TEXT NOT NULL,
    day INTEGER NOT NULL,
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (source, day, listed)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER endorsement_forge_added AFTER INSERT ON endorsement
WHEN NEW.state IN ('listed', 'counted') AND NOT NEW.organisation
BEGIN
    INSERT INTO forge_count (source, day, listed, n)
    SELECT forge, NEW.endorsed_at / 86400000, NEW.state = 'listed', 1 FROM actor
    WHERE id = NEW.actor_id AND forge IS NOT NULL
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER endorsement_forge_changed AFTER UPDATE OF actor_id, state, organisation, endorsed_at ON endorsement
WHEN (OLD.actor_id, OLD.state = 'listed', OLD.state IN ('listed', 'counted') AND NOT OLD.organisation,
      OLD.endorsed_at / 86400000)
     IS NOT (NEW.actor_id, NEW.state = 'listed', NEW.state IN ('listed', 'counted') AND NOT NEW.organisation,
             NEW.endorsed_at / 86400000)
BEGIN
    UPDATE forge_count
    SET n = MAX(0, n - 1)
    WHERE OLD.state IN ('listed', 'counted') AND NOT OLD.organisation
      AND source = (SELECT forge FROM actor WHERE id = OLD.actor_id) AND day = OLD.endorsed_at / 86400000
      AND listed = (OLD.state = 'listed');
    INSERT INTO forge_count (source, day, listed, n)
    SELECT forge, NEW.endorsed_at / 86400000, NEW.state = 'listed', 1 FROM actor
    WHERE id = NEW.actor_id AND forge IS NOT NULL AND NEW.state IN ('listed', 'counted') AND NOT NEW.organisation
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER endorsement_forge_removed AFTER DELETE ON endorsement
WHEN OLD.state IN ('listed', 'counted') AND NOT OLD.organisation
BEGIN
    UPDATE forge_count
    SET n = MAX(0, n - 1)
    WHERE source = (SELECT forge FROM actor WHERE id = OLD.actor_id) AND day = OLD.endorsed_at / 86400000
      AND listed = (OLD.state = 'listed');
END;

-- Of two linked entries, whether one is an account on a forge, and what the other one is: the source of a name of the
-- letter's list, or `account`; empty where none is.
DROP TRIGGER endorsement_linked;
DROP TRIGGER signatory_linked;
DROP TRIGGER link_added;
DROP TRIGGER link_changed;
DROP TRIGGER link_removed;
DROP VIEW linked_pair;
CREATE VIEW linked_pair AS
    SELECT link.endorsement_id, link.signatory_id, link.other_id,
           endorsement.kind IN ('like', 'reaction') OR COALESCE(other.kind IN ('like', 'reaction'), FALSE) AS liked,
           other.id IS NOT NULL AS fediverse,
           endorsement.state = 'listed' AND COALESCE(other.state, 'listed') = 'listed' AS shown,
           endorsement.revision, COALESCE(signatory.revision, other.revision) AS other_revision,
           CASE WHEN signatory.id IS NOT NULL AND one.forge IS NOT NULL THEN signatory.source
                WHEN signatory.id IS NULL AND (one.forge IS NOT NULL OR two.forge IS NOT NULL) THEN 'account'
                ELSE '' END AS forge
    FROM link
    JOIN endorsement ON endorsement.id = link.endorsement_id
        AND endorsement.state IN ('listed', 'counted') AND NOT endorsement.organisation
    JOIN actor AS one ON one.id = endorsement.actor_id
    LEFT JOIN signatory ON signatory.id = link.signatory_id AND signatory.state = 'listed'
    LEFT JOIN endorsement AS other ON other.id = link.other_id
        AND other.state IN ('listed', 'counted') AND NOT other.organisation
    LEFT JOIN actor AS two ON two.id = other.actor_id
    WHERE link.state = 'linked' AND (signatory.id IS NOT NULL OR other.id IS NOT NULL);
DROP TABLE linked_count;
CREATE TABLE linked_count (
    liked INTEGER NOT NULL CHECK (liked IN (0, 1)),
    fediverse INTEGER NOT NULL CHECK (fediverse IN (0, 1)),
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    revision INTEGER NOT NULL,
    other_revision INTEGER NOT NULL,
    forge TEXT NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (liked, fediverse, shown, revision, other_revision, forge)
) STRICT, WITHOUT ROWID;
INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5, 6;
CREATE TRIGGER endorsement_linked AFTER UPDATE OF state, organisation, kind, revision ON endorsement
WHEN (OLD.state, OLD.organisation, OLD.kind, OLD.revision) IS NOT (NEW.state, NEW.organisation, NEW.kind, NEW.revision)
 AND EXISTS (SELECT 1 FROM link WHERE endorsement_id = NEW.id UNION ALL SELECT 1 FROM link WHERE other_id = NEW.id)
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
    SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5, 6;
END;
CREATE TRIGGER signatory_linked AFTER UPDATE OF state, revision, source ON signatory
WHEN (OLD.state, OLD.revision, OLD.source) IS NOT (NEW.state, NEW.revision, NEW.source)
 AND EXISTS (SELECT 1 FROM link WHERE signatory_id = NEW.id)
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
    SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5, 6;
END;
CREATE TRIGGER link_added AFTER INSERT ON link
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
    SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5, 6;
END;
CREATE TRIGGER link_changed AFTER UPDATE OF state, signatory_id, other_id ON link
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
    SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5, 6;
END;
CREATE TRIGGER link_removed AFTER DELETE ON link
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
    SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5, 6;
END;
