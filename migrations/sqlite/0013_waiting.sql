-- What of one activity still waits, without looking at what was settled: an Update that goes to 30,000 inboxes leaves as
-- many settled rows for 30 days, and newer ones ask for what waits (F-169).
CREATE INDEX delivery_waiting ON delivery (activity_id, inbox_id) WHERE state = 'queued';
