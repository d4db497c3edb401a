-- The Markdown that a post was made from. Null for the letter, whose texts are in `revision`, and once deleted.
ALTER TABLE own_object ADD COLUMN source TEXT;
