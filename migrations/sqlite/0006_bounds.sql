-- What keeps strangers from filling the register.

-- How much each request takes, so that the oldest go when all of them are over `privacy.raw_budget`.
ALTER TABLE evidence ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE evidence
SET bytes = LENGTH(body) + LENGTH(CAST(headers AS BLOB)) + LENGTH(CAST(pem AS BLOB));
CREATE INDEX evidence_received ON evidence (received_at, act_id, bytes);

-- The domain of what waits: only so many may wait from one. Null for everything that does not wait.
ALTER TABLE endorsement ADD COLUMN waiting_domain TEXT;
UPDATE endorsement
SET waiting_domain = (SELECT host.domain
                      FROM actor
                      JOIN host ON host.id = actor.host_id
                      WHERE actor.id = endorsement.actor_id)
WHERE state = 'pending';
CREATE INDEX endorsement_waiting ON endorsement (waiting_domain) WHERE waiting_domain IS NOT NULL;

-- How often the state changed on the day of `changed_at`, and how many changes are left out of the history
-- before an entry: a day's first and last ten are kept.
ALTER TABLE endorsement ADD COLUMN changes_today INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
