-- What is known of the issues whose comments sign (`[[forge.threads]]`), by their address.
CREATE TABLE forge_thread (
    url TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" CHECK (kind IN ('github', 'forgejo')),
    -- The number that the forge gave the issue: another one is another issue.
    issue_id BIGINT,
    -- How many comments it had, and whether it took new ones, when it was read last.
    comments BIGINT,
    locked BOOLEAN NOT NULL DEFAULT FALSE,
    -- Since which change comments are asked for next, and the validator of the last answer to that.
    since BIGINT,
    etag TEXT COLLATE "C",
    -- When it was last tried, read, read as a whole, and told of by a webhook.
    tried_at BIGINT,
    read_at BIGINT,
    whole_at BIGINT,
    hook_at BIGINT,
    -- When the newest of the comments was written or edited that a reading brought.
    newest_at BIGINT,
    -- Why it cannot be read, and since when.
    trouble TEXT COLLATE "C",
    trouble_at BIGINT
);

-- Comments that were here and that the forge does not show: those that are still missing later end.
CREATE TABLE forge_missing (
    comment TEXT COLLATE "C" PRIMARY KEY,
    thread TEXT COLLATE "C" NOT NULL REFERENCES forge_thread (url),
    missed_at BIGINT NOT NULL
);
CREATE INDEX forge_missing_thread ON forge_missing (thread, missed_at);
