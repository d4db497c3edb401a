-- What an act that came out of a backup may show at most, until its post was read again.
ALTER TABLE act DROP CONSTRAINT act_ceiling_check;
ALTER TABLE act ADD CONSTRAINT act_ceiling_check CHECK (ceiling IN ('named', 'restored', 'unread', 'counted'));

-- Of an addressee's answer that is shown as a response: the SHA-256 of the words that were approved. Other words wait.
ALTER TABLE comment ADD COLUMN approved_hash BYTEA;

-- To whom a post hands the letter over: an answer of this actor may become a response.
ALTER TABLE own_object ADD COLUMN addressee_id BIGINT REFERENCES actor (id);
