-- What strangers order: who ordered a job, and how much was fetched from each host on a day (F-245).
ALTER TABLE job ADD COLUMN ordered_by TEXT COLLATE "C";
CREATE INDEX job_ordered ON job (ordered_by) WHERE ordered_by IS NOT NULL;
CREATE TABLE fetch_day (
    host TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (host, day)
);

-- A confirmed Move (F-213): what the old account says is said by its successor. A `carried` act came with it,
-- and outlives the old account.
ALTER TABLE actor ADD COLUMN successor_id BIGINT REFERENCES actor (id);
ALTER TABLE actor ADD COLUMN moved_at BIGINT;
CREATE INDEX actor_successor ON actor (successor_id) WHERE successor_id IS NOT NULL;
ALTER TABLE act ADD COLUMN carried BOOLEAN NOT NULL DEFAULT FALSE;

-- Keys that changed without a word of the old one; `returned_at`: when a host came back that had been gone for
-- more than 30 days (`product.md` 2.4).
ALTER TABLE host ADD COLUMN returned_at BIGINT;
ALTER TABLE actor ADD COLUMN key_changed_at BIGINT;
ALTER TABLE actor ADD COLUMN frozen_at BIGINT;
CREATE INDEX actor_key_changed ON actor (host_id, key_changed_at) WHERE key_changed_at IS NOT NULL;
