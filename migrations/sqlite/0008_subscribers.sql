-- Since when an account wants to hear what is new, because it asked for that.
ALTER TABLE actor ADD COLUMN subscribed_at INTEGER;
CREATE INDEX actor_subscribed ON actor (id) WHERE subscribed_at IS NOT NULL;

-- What was sent of a post to one subscriber alone: the id of that Note, as a path.
CREATE TABLE subscriber_note (
    path TEXT PRIMARY KEY,
    own_object_id INTEGER NOT NULL REFERENCES own_object (id),
    actor_id INTEGER NOT NULL REFERENCES actor (id)
) STRICT;
CREATE INDEX subscriber_note_post ON subscriber_note (own_object_id);
CREATE INDEX subscriber_note_actor ON subscriber_note (actor_id);
