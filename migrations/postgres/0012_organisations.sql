-- Organisations that wrote to an administrator, by e-mail for example: entered by hand, listed with the accounts of
-- organisations that were approved. A removed one stays until it is purged, so that the removal can be taken back.
CREATE TABLE organisation (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    -- Where it is on the web: https, with the host in Punycode, without a query and a slash at the end.
    url TEXT COLLATE "C" NOT NULL,
    -- Who wrote, and where that is filed: never public.
    reference TEXT COLLATE "C" NOT NULL,
    -- The revision that was published when it was entered.
    revision BIGINT NOT NULL,
    -- As the `shown_words` of an endorsement.
    shown_words TEXT COLLATE "C" NOT NULL,
    added_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX organisation_url ON organisation (url) WHERE removed_at IS NULL;

-- How many there are by hand. The list of names may have been made longer by others.
DO $$
DECLARE
    known TEXT;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT known
    FROM pg_constraint
    WHERE conname = 'total_name_check' AND conrelid = 'total'::regclass;
    ALTER TABLE total DROP CONSTRAINT total_name_check;
    EXECUTE 'ALTER TABLE total ADD CONSTRAINT total_name_check '
            || replace(known, 'CHECK (', 'CHECK (name = ''organisations'' OR ');
END
$$;
INSERT INTO total (name) VALUES ('organisations');
CREATE FUNCTION count_organisations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    added BIGINT := 0;
    n_rows BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT COUNT(*) INTO n_rows FROM old_rows WHERE removed_at IS NULL;
        added := added - n_rows;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT COUNT(*) INTO n_rows FROM new_rows WHERE removed_at IS NULL;
        added := added + n_rows;
    END IF;
    IF added <> 0 THEN
        UPDATE total SET n = GREATEST(0, n + added) WHERE name = 'organisations';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER organisation_added AFTER INSERT ON organisation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_organisations();
CREATE TRIGGER organisation_changed AFTER UPDATE ON organisation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_organisations();
CREATE TRIGGER organisation_removed AFTER DELETE ON organisation
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_organisations();
