-- The planned launch of a draft, which the transaction that publishes it deletes: what comes out, whatever happens to the
-- file until then.
CREATE TABLE launch (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    due_at INTEGER NOT NULL,
    planned_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    -- The heading by which the names were read.
    heading TEXT,
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    names INTEGER NOT NULL
) STRICT;

-- Its texts, by language; that of the letter itself is empty.
CREATE TABLE launch_text (
    language TEXT NOT NULL PRIMARY KEY,
    file TEXT NOT NULL,
    source TEXT NOT NULL
) STRICT;

-- Their pictures, as in `picture`.
CREATE TABLE launch_picture (
    name TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
