-- Projects, servers and organisations that sign by their own page. Each is a row of `actor` of type 'Project', whose acts are
-- the posts of those who speak for it.
DO $$
DECLARE
    kinds TEXT;
BEGIN
    -- Whatever kinds there are by now, one more.
    SELECT pg_get_constraintdef(oid) INTO STRICT kinds
    FROM pg_constraint
    WHERE conname = 'act_kind_check' AND conrelid = 'act'::regclass;
    ALTER TABLE act DROP CONSTRAINT act_kind_check;
    EXECUTE 'ALTER TABLE act ADD CONSTRAINT act_kind_check '
        || replace(kinds, '''comment''::text', '''project''::text, ''comment''::text');
END
$$;

-- Who spoke, of an act of a project; and when that was answered with what its page lacks.
ALTER TABLE act ADD COLUMN speaker_id BIGINT REFERENCES actor (id);
ALTER TABLE act ADD COLUMN told_at BIGINT;
CREATE INDEX act_speaker ON act (speaker_id) WHERE speaker_id IS NOT NULL;

-- What is known of the page of a project.
CREATE TABLE project (
    actor_id BIGINT PRIMARY KEY REFERENCES actor (id),
    -- Of which there is one entry: a registrable domain, or owner and repository on a forge.
    slot TEXT COLLATE "C" NOT NULL,
    -- What the page says about the letter; null until it was read.
    sight TEXT COLLATE "C" CHECK (sight IN ('signs', 'links', 'nothing')),
    -- When it was last read, since when it misses what was there, and when it was last asked for.
    looked_at BIGINT,
    missed_at BIGINT,
    tried_at BIGINT
);
CREATE INDEX project_slot ON project (slot);
CREATE INDEX project_tried ON project (tried_at) WHERE tried_at IS NOT NULL;
