-- The planned launch of a draft, which the transaction that publishes it deletes: what comes out, whatever happens to the
-- file until then.
CREATE TABLE launch (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    due_at BIGINT NOT NULL,
    planned_at BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL,
    -- The heading by which the names were read.
    heading TEXT COLLATE "C",
    title TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    names BIGINT NOT NULL
);

-- Its texts, by language; that of the letter itself is empty.
CREATE TABLE launch_text (
    language TEXT COLLATE "C" PRIMARY KEY,
    file TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL
);

-- Their pictures, as in `picture`.
CREATE TABLE launch_picture (
    name TEXT COLLATE "C" PRIMARY KEY,
    bytes BYTEA NOT NULL
);
