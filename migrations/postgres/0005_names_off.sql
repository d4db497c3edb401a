-- Since when the organisers keep a name off everything public, for the safety of whoever bears it; who is counted stays so.
-- That all names are off is the setting `names_off`.
ALTER TABLE actor ADD COLUMN name_off_at BIGINT;
ALTER TABLE signatory ADD COLUMN name_off_at BIGINT;
CREATE INDEX signatory_name_off ON signatory (source) WHERE name_off_at IS NOT NULL;
