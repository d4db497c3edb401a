-- A direct message that signs without a name: an act whose text is not kept.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'kind IN (''pledge'',', 'kind IN (''direct'', ''pledge'',')
WHERE type = 'table' AND name = 'act';
UPDATE sqlite_schema
SET sql = replace(sql, 'family IN (''post'',', 'family IN (''direct'', ''post'',')
WHERE type = 'table' AND name = 'act';
UPDATE sqlite_schema
SET sql = replace(sql, 'visibility IN (''public'', ''unlisted'')', 'visibility IN (''public'', ''unlisted'', ''direct'')')
WHERE type = 'table' AND name = 'act';
UPDATE sqlite_schema
SET sql = replace(sql, '''quoting'',', '''nameless'', ''quoting'',')
WHERE type = 'table' AND name = 'total';
PRAGMA writable_schema = RESET;

-- Persons who signed without a name, and count.
INSERT INTO total (name) VALUES ('nameless');
CREATE TRIGGER endorsement_nameless_added AFTER INSERT ON endorsement
WHEN NEW.kind = 'direct' AND NEW.state = 'counted' AND NOT NEW.organisation
BEGIN
    UPDATE total SET n = n + 1 WHERE name = 'nameless';
END;
CREATE TRIGGER endorsement_nameless_changed AFTER UPDATE OF state, organisation, kind ON endorsement
WHEN (OLD.kind = 'direct' AND OLD.state = 'counted' AND NOT OLD.organisation)
     <> (NEW.kind = 'direct' AND NEW.state = 'counted' AND NOT NEW.organisation)
BEGIN
    UPDATE total
    SET n = MAX(0, n + CASE WHEN NEW.kind = 'direct' AND NEW.state = 'counted' AND NOT NEW.organisation THEN 1 ELSE -1 END)
    WHERE name = 'nameless';
END;
CREATE TRIGGER endorsement_nameless_removed AFTER DELETE ON endorsement
WHEN OLD.kind = 'direct' AND OLD.state = 'counted' AND NOT OLD.organisation
BEGIN
    UPDATE total SET n = MAX(0, n - 1) WHERE name = 'nameless';
END;
