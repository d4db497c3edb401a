-- Organisations that wrote to an administrator, by e-mail for example: entered by hand, listed with the accounts of
-- organisations that were approved. A removed one stays until it is purged, so that the removal can be taken back.
CREATE TABLE organisation (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Where it is on the web: https, with the host in Punycode, without a query and a slash at the end.
    url TEXT NOT NULL,
    -- Who wrote, and where that is filed: never public.
    reference TEXT NOT NULL,
    -- The revision that was published when it was entered.
    revision INTEGER NOT NULL,
    -- As the `shown_words` of an endorsement.
    shown_words TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX organisation_url ON organisation (url) WHERE removed_at IS NULL;

-- How many there are by hand.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '''quoting'',', '''organisations'', ''quoting'',')
WHERE type = 'table' AND name = 'total';
PRAGMA writable_schema = RESET;
INSERT INTO total (name) VALUES ('organisations');
CREATE TRIGGER organisation_added AFTER INSERT ON organisation
WHEN NEW.removed_at IS NULL
BEGIN
    UPDATE total SET n = n + 1 WHERE name = 'organisations';
END;
CREATE TRIGGER organisation_changed AFTER UPDATE OF removed_at ON organisation
WHEN (OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL)
BEGIN
    UPDATE total
    SET n = MAX(0, n + CASE WHEN NEW.removed_at IS NULL THEN 1 ELSE -1 END)
    WHERE name = 'organisations';
END;
CREATE TRIGGER organisation_removed AFTER DELETE ON organisation
WHEN OLD.removed_at IS NULL
BEGIN
    UPDATE total SET n = MAX(0, n - 1) WHERE name = 'organisations';
END;
