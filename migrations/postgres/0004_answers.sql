-- What a post of ours answers: the id of somebody's post. Null for a post below the letter; empty when the person whom it
-- answers was erased. A post to one person alone has the kind 'direct' in place of 'post'.
ALTER TABLE own_object ADD COLUMN in_reply_to TEXT COLLATE "C";

-- Whether the mention is of whom the post answers: that one stands whatever the text says.
ALTER TABLE post_mention ADD COLUMN answered BOOLEAN NOT NULL DEFAULT FALSE;

-- The posts of others that the letter boosts, each with the path of its Announce. A boost that is undone goes.
CREATE TABLE boost (
    path TEXT COLLATE "C" PRIMARY KEY,
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    object_hash BYTEA NOT NULL UNIQUE,
    object TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- When it was last looked whether the post stands.
    looked_at BIGINT NOT NULL
);
CREATE INDEX boost_actor ON boost (actor_id);

-- Whom the letter follows, by an administrator's command, each with the path of the Follow. One that was refused or taken
-- back goes; until it is accepted, `accepted_at` is null.
CREATE TABLE following (
    actor_id BIGINT PRIMARY KEY REFERENCES actor (id),
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    since BIGINT NOT NULL,
    accepted_at BIGINT
);
