-- What is remembered of a host that we deliver to.

-- When a second knock by RFC 9421 worked where the usual signature had not (F-160); null: the usual one.
ALTER TABLE host ADD COLUMN rfc9421_at INTEGER;

-- When the first of a host's failures in a row was: its age makes it a host that is gone (F-168).
ALTER TABLE host ADD COLUMN failing_since INTEGER;

-- Which hosts are due, in the order in which they are served, without looking at all of them.
CREATE INDEX host_due ON host (due_at, id);
-- What is about the same thing (F-169). The end of a subject tells apart nearly all of them, and is short whatever
-- a remote id looks like.
CREATE INDEX activity_subject ON activity (substr(subject, length(subject) - 31));

-- How often in a row an inbox was not found (404), and since when: its owner is looked at again (F-163).
ALTER TABLE inbox ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN missing_since INTEGER;
CREATE INDEX actor_inbox ON actor (inbox_id);
CREATE INDEX actor_shared_inbox ON actor (shared_inbox_id) WHERE shared_inbox_id IS NOT NULL;

-- When something was last sent to a host, and the status of its answer; null: there was none (F-164).
ALTER TABLE host ADD COLUMN last_tried_at INTEGER;
ALTER TABLE host ADD COLUMN last_status INTEGER;
