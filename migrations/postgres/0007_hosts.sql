-- What is remembered of a host that we deliver to.

-- When a second knock by RFC 9421 worked where the usual signature had not (F-160); null: the usual one.
ALTER TABLE host ADD COLUMN rfc9421_at BIGINT;

-- When the first of a host's failures in a row was: its age makes it a host that is gone (F-168).
ALTER TABLE host ADD COLUMN failing_since BIGINT;
