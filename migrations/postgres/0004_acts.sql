-- Our word that somebody's post may quote something of ours (F-118). Its document is made from this row. Once
-- revoked it answers 410 for ever, and nothing is left of the post.
CREATE TABLE quote_authorization (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    object_hash BYTEA,
    object TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    granted_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX quote_authorization_granted ON quote_authorization (actor_id, object_hash, target)
    WHERE revoked_at IS NULL;
