-- What of ours was passed on, as a path: an edit of it goes to whoever passed it on (F-102). So far there was
-- nothing but the letter.
ALTER TABLE reach ADD COLUMN target TEXT NOT NULL DEFAULT '/letter';

-- The number of the first revision with which this one counts as one text: typos count with the text that they
-- correct, and a text that returns with what it was before (`product.md` 2.2).
ALTER TABLE revision ADD COLUMN same_as INTEGER NOT NULL DEFAULT 1;
UPDATE revision
SET same_as = (SELECT COALESCE(MAX(earlier.number), 1)
               FROM revision AS earlier
               WHERE earlier.kind <> 'typo' AND earlier.number <= revision.number);
