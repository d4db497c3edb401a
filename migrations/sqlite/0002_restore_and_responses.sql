-- What an act that came out of a backup may show at most, until its post was read again. SQLite has no ALTER TABLE for
-- a CHECK; this is the way that its documentation gives for a constraint that becomes wider (lang_altertable, 8).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(
    sql,
    'ceiling IN (''named'', ''unread'', ''counted'')',
    'ceiling IN (''named'', ''restored'', ''unread'', ''counted'')'
)
WHERE type = 'table' AND name = 'act';
PRAGMA writable_schema = RESET;

-- Of an addressee's answer that is shown as a response: the SHA-256 of the words that were approved. Other words wait.
ALTER TABLE comment ADD COLUMN approved_hash BLOB;

-- To whom a post hands the letter over: an answer of this actor may become a response.
ALTER TABLE own_object ADD COLUMN addressee_id INTEGER REFERENCES actor (id);
