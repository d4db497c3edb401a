-- The content warning of the letter, which may change while its text stays.
ALTER TABLE revision ADD COLUMN warning TEXT;

-- A content warning that the command gave in place of the file's, and whether public timelines leave the post out.
ALTER TABLE own_object ADD COLUMN warning TEXT;
ALTER TABLE own_object ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0 CHECK (unlisted IN (0, 1));
