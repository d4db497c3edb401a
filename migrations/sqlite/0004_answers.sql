-- What a post of ours answers: the id of somebody's post. Null for a post below the letter; empty when the person whom it
-- answers was erased. A post to one person alone has the kind 'direct' in place of 'post'.
ALTER TABLE own_object ADD COLUMN in_reply_to TEXT;

-- Whether the mention is of whom the post answers: that one stands whatever the text says.
ALTER TABLE post_mention ADD COLUMN answered INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1));

-- The posts of others that the letter boosts, each with the path of its Announce. A boost that is undone goes.
CREATE TABLE boost (
    path TEXT PRIMARY KEY,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    object_hash BLOB NOT NULL UNIQUE,
    object TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- When it was last looked whether the post stands.
    looked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX boost_actor ON boost (actor_id);

-- Whom the letter follows, by an administrator's command, each with the path of the Follow. One that was refused or taken
-- back goes; until it is accepted, `accepted_at` is null.
CREATE TABLE following (
    actor_id INTEGER PRIMARY KEY REFERENCES actor (id),
    path TEXT NOT NULL UNIQUE,
    since INTEGER NOT NULL,
    accepted_at INTEGER
) STRICT;
