-- Projects, servers and organisations that sign by their own page. Each is a row of `actor` of type 'Project', whose acts are
-- the posts of those who speak for it.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '''reaction'', ''comment''', '''reaction'', ''project'', ''comment''')
WHERE type = 'table' AND name = 'act';
PRAGMA writable_schema = RESET;

-- Who spoke, of an act of a project; and when that was answered with what its page lacks.
ALTER TABLE act ADD COLUMN speaker_id INTEGER REFERENCES actor (id);
ALTER TABLE act ADD COLUMN told_at INTEGER;
CREATE INDEX act_speaker ON act (speaker_id) WHERE speaker_id IS NOT NULL;

-- What is known of the page of a project.
CREATE TABLE project (
    actor_id INTEGER PRIMARY KEY REFERENCES actor (id),
    -- Of which there is one entry: a registrable domain, or owner and repository on a forge.
    slot TEXT NOT NULL,
    -- What the page says about the letter; null until it was read.
    sight TEXT CHECK (sight IN ('signs', 'links', 'nothing')),
    -- When it was last read, since when it misses what was there, and when it was last asked for.
    looked_at INTEGER,
    missed_at INTEGER,
    tried_at INTEGER
) STRICT;
CREATE INDEX project_slot ON project (slot);
CREATE INDEX project_tried ON project (tried_at) WHERE tried_at IS NOT NULL;
