-- What is known of the issues whose comments sign (`[[forge.threads]]`), by their address.
CREATE TABLE forge_thread (
    url TEXT PRIMARY KEY,
    kind TEXT CHECK (kind IN ('github', 'forgejo')),
    -- The number that the forge gave the issue: another one is another issue.
    issue_id INTEGER,
    -- How many comments it had, and whether it took new ones, when it was read last.
    comments INTEGER,
    locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    -- Since which change comments are asked for next, and the validator of the last answer to that.
    since INTEGER,
    etag TEXT,
    -- When it was last tried, read, read as a whole, and told of by a webhook.
    tried_at INTEGER,
    read_at INTEGER,
    whole_at INTEGER,
    hook_at INTEGER,
    -- When the newest of the comments was written or edited that a reading brought.
    newest_at INTEGER,
    -- Why it cannot be read, and since when.
    trouble TEXT,
    trouble_at INTEGER
) STRICT;

-- Comments that were here and that the forge does not show: those that are still missing later end.
CREATE TABLE forge_missing (
    comment TEXT PRIMARY KEY,
    thread TEXT NOT NULL REFERENCES forge_thread (url),
    missed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX forge_missing_thread ON forge_missing (thread, missed_at);
