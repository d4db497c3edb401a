-- Who signs by a comment on a forge: an account there is stored as an actor without keys and without an inbox. `forge` is
-- the source of what it signs: `github`, or the host of the forge; null in the Fediverse.
ALTER TABLE actor ADD COLUMN forge TEXT COLLATE "C";
CREATE INDEX actor_forge ON actor (forge, host_id) WHERE forge IS NOT NULL;

-- Whether the words are those of an edit that somebody else may have made.
ALTER TABLE act ADD COLUMN unvouched BOOLEAN NOT NULL DEFAULT FALSE;

-- Persons of forges that count, by source, by the day since 1970 (UTC) of their comment, and whether they are on the list.
CREATE TABLE forge_count (
    source TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    listed BOOLEAN NOT NULL,
    n BIGINT NOT NULL CHECK (n >= 0),
    PRIMARY KEY (source, day, listed)
);
CREATE FUNCTION count_forges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE forge_count AS kept
        SET n = GREATEST(0, kept.n - gone.n)
        FROM (SELECT actor.forge, old_rows.endorsed_at / 86400000 AS day, old_rows.state = 'listed' AS listed, COUNT(*) AS n
              FROM old_rows
              JOIN actor ON actor.id = old_rows.actor_id AND actor.forge IS NOT NULL
              WHERE old_rows.state IN ('listed', 'counted') AND NOT old_rows.organisation
              GROUP BY 1, 2, 3) AS gone
        WHERE (kept.source, kept.day, kept.listed) = (gone.forge, gone.day, gone.listed);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO forge_count AS kept (source, day, listed, n)
        SELECT actor.forge, new_rows.endorsed_at / 86400000, new_rows.state = 'listed', COUNT(*)
        FROM new_rows
        JOIN actor ON actor.id = new_rows.actor_id AND actor.forge IS NOT NULL
        WHERE new_rows.state IN ('listed', 'counted') AND NOT new_rows.organisation
        GROUP BY 1, 2, 3
        ON CONFLICT (source, day, listed) DO UPDATE
        SET n = kept.n + excluded.n;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER endorsement_forge_added AFTER INSERT ON endorsement
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_forges();
CREATE TRIGGER endorsement_forge_changed AFTER UPDATE ON endorsement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_forges();
CREATE TRIGGER endorsement_forge_removed AFTER DELETE ON endorsement
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_forges();

-- Of two linked entries, whether one is an account on a forge, and what the other one is: the source of a name of the
-- letter's list, or `account`; empty where none is.
CREATE OR REPLACE VIEW linked_pair AS
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
ALTER TABLE linked_count ADD COLUMN forge TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE linked_count ALTER COLUMN forge DROP DEFAULT;
ALTER TABLE linked_count DROP CONSTRAINT linked_count_pkey;
ALTER TABLE linked_count ADD PRIMARY KEY (liked, fediverse, shown, revision, other_revision, forge);
CREATE OR REPLACE FUNCTION count_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
    SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION count_linked_endorsements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH changed AS (
            SELECT new_rows.id
            FROM new_rows
            JOIN old_rows ON old_rows.id = new_rows.id
            WHERE (old_rows.state, old_rows.organisation, old_rows.kind, old_rows.revision)
                  IS DISTINCT FROM (new_rows.state, new_rows.organisation, new_rows.kind, new_rows.revision)
        )
        SELECT 1 FROM changed JOIN link ON link.endorsement_id = changed.id
        UNION ALL
        SELECT 1 FROM changed JOIN link ON link.other_id = changed.id
    ) THEN
        DELETE FROM linked_count;
        INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
        SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair
        GROUP BY 1, 2, 3, 4, 5, 6;
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION count_linked_signatories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM new_rows
        JOIN old_rows ON old_rows.id = new_rows.id
        JOIN link ON link.signatory_id = new_rows.id
        WHERE (old_rows.state, old_rows.revision, old_rows.source)
              IS DISTINCT FROM (new_rows.state, new_rows.revision, new_rows.source)
    ) THEN
        DELETE FROM linked_count;
        INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, forge, n)
        SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) FROM linked_pair
        GROUP BY 1, 2, 3, 4, 5, 6;
    END IF;
    RETURN NULL;
END
$$;
