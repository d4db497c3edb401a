-- What becomes of the actor itself: another key, another address, its end.

-- The key that signs an activity, where that is not the newest one: the Update that makes a new key known is
-- signed by the key before it (F-44). Null again once nothing of it waits, so that the old key can go.
ALTER TABLE activity ADD COLUMN signed_by BIGINT REFERENCES own_key (id);
CREATE INDEX activity_signed_by ON activity (signed_by) WHERE signed_by IS NOT NULL;

-- Where the letter moved to (F-40).
ALTER TABLE identity ADD COLUMN moved_to TEXT COLLATE "C";
ALTER TABLE identity ADD COLUMN moved_at BIGINT;

-- When the actor ended, for ever (F-272).
ALTER TABLE identity ADD COLUMN retired_at BIGINT;
