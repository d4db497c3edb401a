-- What of ours was passed on, as a path: an edit of it goes to whoever passed it on (F-102). So far there was
-- nothing but the letter.
ALTER TABLE reach ADD COLUMN target TEXT COLLATE "C" NOT NULL DEFAULT '/letter';
