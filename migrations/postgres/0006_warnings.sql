-- The content warning of the letter, which may change while its text stays.
ALTER TABLE revision ADD COLUMN warning TEXT COLLATE "C";

-- A content warning that the command gave in place of the file's, and whether public timelines leave the post out.
ALTER TABLE own_object ADD COLUMN warning TEXT COLLATE "C";
ALTER TABLE own_object ADD COLUMN unlisted BOOLEAN NOT NULL DEFAULT FALSE;
