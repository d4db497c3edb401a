-- The whole schema. The folder `postgres` holds the same tables with the same columns; a test compares them.
--
-- Columns that end in `_hash` are SHA-256 (32 bytes). They stand in the indexes in place of remote ids, which may be
-- 2,048 bytes long: PostgreSQL refuses index rows above 2,704 bytes. Times are milliseconds since 1970 (UTC).

-- The identity of the actor. Written with the first publication; `serve` compares it with the configuration.
CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    base_url TEXT NOT NULL,
    username TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- The id of the actor that the letter moved to, and when.
    moved_to TEXT,
    moved_at INTEGER,
    -- When the actor was deleted, for ever.
    retired_at INTEGER
) STRICT;

-- Our private keys, newest last. The actor is 'letter' or 'instance'. The number is part of the key's public id: an
-- actor's keys are counted from 1, and the newest one stays, so none is given twice.
CREATE TABLE own_key (
    id INTEGER PRIMARY KEY,
    actor TEXT NOT NULL CHECK (actor IN ('letter', 'instance')),
    number INTEGER NOT NULL,
    pkcs8 BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    UNIQUE (actor, number)
) STRICT;

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- A version for each topic, for servers that watch for changes. The last statement of each transaction bumps them, in
-- the order of their names.
CREATE TABLE change (
    topic TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;

-- The revisions of the letter's text. The digest is not unique, because a text may return.
CREATE TABLE revision (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('first', 'typo', 'substantive')),
    -- The first revision with which this one counts as one text: a typo counts with the text that it corrects, a text
    -- that returns with what it was before.
    same_as INTEGER NOT NULL DEFAULT 1,
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    source TEXT NOT NULL,
    note TEXT,
    by TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    -- Whether a typo changes more than slips inside words, and was published with `--yes` all the same.
    overruled INTEGER NOT NULL DEFAULT 0 CHECK (overruled IN (0, 1))
) STRICT;

-- The letter's translations: every text that stood as one, numbered for each language. A language whose newest row has no
-- text was taken away. `revision` is the letter's text when that happened.
CREATE TABLE translation (
    language TEXT NOT NULL,
    number INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    title TEXT,
    digest TEXT,
    source TEXT,
    by TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    PRIMARY KEY (language, number),
    CHECK ((title IS NULL) = (digest IS NULL) AND (title IS NULL) = (source IS NULL))
) STRICT;

-- The pictures of the letter's texts, by SHA-256 and ending.
CREATE TABLE picture (
    name TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- Remote servers, with the retry state of their deliveries.
CREATE TABLE host (
    id INTEGER PRIMARY KEY,
    authority TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- The registrable domain.
    domain TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL DEFAULT 0,
    -- How many times in a row the host answered with Retry-After.
    asked_to_wait INTEGER NOT NULL DEFAULT 0,
    leased_by TEXT,
    leased_until INTEGER NOT NULL DEFAULT 0,
    -- When the first failure in a row was: its age makes the host unavailable.
    failing_since INTEGER,
    unavailable_since INTEGER,
    -- Since when looks at accounts and posts there get no answer, and when the last one got none; and the first of these
    -- dates, once that has lasted so long that the public list says it.
    unreachable_since INTEGER,
    unreachable_at INTEGER,
    gone_since INTEGER,
    -- When the host came back after more than 30 days: a key that changes soon after is not trusted.
    returned_at INTEGER,
    last_success_at INTEGER,
    -- When something was last sent, and the status of the answer; null when there was none.
    last_tried_at INTEGER,
    last_status INTEGER,
    -- When a second attempt, signed by RFC 9421, worked where the usual signature had failed; null for the usual one.
    rfc9421_at INTEGER,
    -- Whether a request to the host lately took long; 'unknown' until one was answered or timed out.
    pace TEXT NOT NULL DEFAULT 'unknown' CHECK (pace IN ('quick', 'unknown', 'slow')),
    -- Whether any delivery to the host is queued, kept by the triggers of `delivery`.
    waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting IN (0, 1)),
    -- Whether the name or a domain above it is blocked: names are compared when a block or the host is written, and not
    -- for each activity.
    blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1))
) STRICT;
-- The hosts of each pace that something waits for, in the order in which they are served.
CREATE INDEX host_due ON host (pace, due_at, id) WHERE waiting;
CREATE INDEX host_blocked ON host (id) WHERE blocked;
CREATE INDEX host_leased ON host (leased_by) WHERE leased_by IS NOT NULL;

-- Hosts that were not told yet of an actor's newest key: this earlier one signs what they get.
CREATE TABLE host_key (
    host_id INTEGER NOT NULL REFERENCES host (id),
    actor TEXT NOT NULL CHECK (actor IN ('letter', 'instance')),
    own_key_id INTEGER NOT NULL REFERENCES own_key (id),
    PRIMARY KEY (host_id, actor)
) STRICT;
CREATE INDEX host_key_own_key ON host_key (own_key_id);

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    url_hash BLOB NOT NULL UNIQUE,
    host_id INTEGER NOT NULL REFERENCES host (id),
    -- How often in a row the inbox was not found (404), and since when: then its owner's document is fetched again.
    missing INTEGER NOT NULL DEFAULT 0,
    missing_since INTEGER
) STRICT;

-- Remote actors.
CREATE TABLE actor (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    url_hash BLOB NOT NULL UNIQUE,
    host_id INTEGER NOT NULL REFERENCES host (id),
    type TEXT NOT NULL,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    page TEXT,
    published_at INTEGER,
    discoverable INTEGER NOT NULL CHECK (discoverable IN (0, 1)),
    opted_out INTEGER NOT NULL CHECK (opted_out IN (0, 1)),
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    shared_inbox_id INTEGER REFERENCES inbox (id),
    followers TEXT,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    first_seen_at INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    -- When the actor got the one direct answer that a private reply gets, ever.
    answered_at INTEGER,
    -- When the actor's signature was acknowledged, which happens once ever; or when it blocked us, which ends that.
    acknowledged_at INTEGER,
    -- Since when the actor is counted without its name, because it asked for that.
    unnamed_at INTEGER,
    -- When a direct command of the actor was last answered, and how many were on that day.
    told_at INTEGER,
    told_today INTEGER NOT NULL DEFAULT 0,
    -- The actor that speaks for this one since a confirmed Move.
    successor_id INTEGER REFERENCES actor (id),
    moved_at INTEGER,
    -- When the key changed without the old key's signature, and since when only leaving is obeyed because of it.
    key_changed_at INTEGER,
    frozen_at INTEGER,
    -- The handle that the actor's document gives, where `handle` is another one that WebFinger confirmed.
    stated_handle TEXT,
    -- When a look first found that the host of `handle` answers, and says nothing about accounts.
    handle_doubted_at INTEGER,
    -- When post and account are looked at again; 0 as soon as possible, null when nobody endorses.
    verify_at INTEGER
) STRICT;
-- By what a person is named on the command line.
CREATE INDEX actor_handle ON actor (lower(handle));
CREATE INDEX actor_page ON actor (page) WHERE page IS NOT NULL;
CREATE INDEX actor_host ON actor (host_id, refreshed_at);
CREATE INDEX actor_verify ON actor (verify_at, id) WHERE verify_at IS NOT NULL;
CREATE INDEX actor_inbox ON actor (inbox_id);
CREATE INDEX actor_shared_inbox ON actor (shared_inbox_id) WHERE shared_inbox_id IS NOT NULL;
CREATE INDEX actor_successor ON actor (successor_id) WHERE successor_id IS NOT NULL;
CREATE INDEX actor_key_changed ON actor (host_id, key_changed_at) WHERE key_changed_at IS NOT NULL;

CREATE TABLE actor_key (
    key_id_hash BLOB PRIMARY KEY,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    key_id TEXT NOT NULL,
    pem TEXT NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX actor_key_actor ON actor_key (actor_id);

-- What actors did. An act stands while `ended_at` is null; `outcome` is the state that it would give the endorsement.
-- The key has `family` in place of `kind`, because an edit can turn a reply into a comment.
CREATE TABLE act (
    id INTEGER PRIMARY KEY,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    kind TEXT NOT NULL CHECK (kind IN ('reply', 'mention', 'quote', 'like', 'reaction', 'comment')),
    family TEXT NOT NULL CHECK (family IN ('post', 'like', 'reaction')),
    object_hash BLOB NOT NULL,
    object TEXT NOT NULL,
    activity_hash BLOB NOT NULL,
    activity TEXT,
    target TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted')),
    ceiling TEXT NOT NULL CHECK (ceiling IN ('named', 'unread', 'counted')),
    outcome TEXT NOT NULL CHECK (outcome IN ('listed', 'counted', 'pending', 'late', 'comment')),
    waits_for TEXT,
    -- The rule that holds it, when it waits for one.
    rule_id INTEGER,
    revision INTEGER NOT NULL,
    text TEXT,
    warning TEXT,
    language TEXT,
    poll INTEGER NOT NULL DEFAULT 0 CHECK (poll IN (0, 1)),
    at INTEGER NOT NULL,
    edited_at INTEGER,
    ended_at INTEGER,
    ended_by TEXT,
    acknowledged TEXT,
    -- Of a comment that was a signature before: when that ended, and whether its author or a moderator did it.
    unsigned_at INTEGER,
    unsigned_by TEXT CHECK (unsigned_by IN ('author', 'moderator')),
    -- Whether the act came with a confirmed Move: then it outlives the old account.
    carried INTEGER NOT NULL DEFAULT 0 CHECK (carried IN (0, 1)),
    UNIQUE (actor_id, family, object_hash)
) STRICT;
CREATE INDEX act_object ON act (object_hash);
CREATE INDEX act_ended ON act (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX act_comment ON act (at) WHERE kind = 'comment';
-- What waits for a reason, by its person: maintenance asks for it.
CREATE INDEX act_waiting ON act (waits_for, actor_id) WHERE waits_for IS NOT NULL AND ended_at IS NULL;
-- What waits for a surge to pass, in the order of arrival.
CREATE INDEX act_surge ON act (at, id) WHERE waits_for = 'surge' AND ended_at IS NULL;

-- The signed request behind an act, the newest one for each.
CREATE TABLE evidence (
    act_id INTEGER PRIMARY KEY REFERENCES act (id),
    how TEXT NOT NULL CHECK (how IN ('signed', 'fetched')),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    key_id TEXT NOT NULL,
    pem TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    -- The size of body, headers and key: the oldest requests go when all of them are over `privacy.raw_budget`.
    bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX evidence_received ON evidence (received_at, act_id, bytes);

-- One row for each actor that ever endorsed, derived from the acts that stand.
CREATE TABLE endorsement (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    actor_id INTEGER NOT NULL UNIQUE REFERENCES actor (id),
    state TEXT NOT NULL CHECK (state IN
        ('listed', 'counted', 'pending', 'hidden', 'rejected', 'withdrawn', 'late', 'invalid')),
    held_by TEXT,
    decision TEXT CHECK (decision IN ('rejected', 'withdrawn', 'invalid')),
    kind TEXT NOT NULL,
    act_id INTEGER REFERENCES act (id),
    revision INTEGER NOT NULL,
    organisation INTEGER NOT NULL CHECK (organisation IN (0, 1)),
    name TEXT,
    name_state TEXT NOT NULL CHECK (name_state IN ('pending', 'shown', 'hidden')),
    name_skeleton TEXT,
    declared_name TEXT,
    declared_affiliation TEXT,
    declared_state TEXT CHECK (declared_state IN ('pending', 'shown', 'hidden')),
    statement TEXT,
    statement_state TEXT CHECK (statement_state IN ('pending', 'shown', 'hidden')),
    -- Whether a moderator approved a statement of this actor (`moderation.statements = "trusted"`).
    statement_trusted INTEGER NOT NULL DEFAULT 0 CHECK (statement_trusted IN (0, 1)),
    waits_for TEXT,
    -- The actor's domain while the endorsement waits, else null: only so many may wait from one domain.
    waiting_domain TEXT,
    endorsed_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    -- How often the state changed on the day of `changed_at`.
    changes_today INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    -- What a moderator put in place of what the endorser says: a name, an affiliation, the kind of account; and the act
    -- that a moderator made of a comment.
    edited_name TEXT,
    edited_affiliation TEXT,
    counts_as TEXT CHECK (counts_as IN ('organisation', 'person')),
    promoted_act INTEGER,
    -- What a search finds it by, as normalised words with spaces between them, at most 1,000 bytes: those that the
    -- public list shows, empty unless it is listed, and all others.
    shown_words TEXT NOT NULL DEFAULT '',
    other_words TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX endorsement_skeleton ON endorsement (name_skeleton) WHERE name_skeleton IS NOT NULL;
CREATE INDEX endorsement_waiting ON endorsement (waiting_domain) WHERE waiting_domain IS NOT NULL;
-- Since when what counts has lasted, likes and reactions apart: milestones ask for the newest.
CREATE INDEX endorsement_lasting ON endorsement (
    (CASE WHEN kind IN ('like', 'reaction') THEN 1 ELSE 0 END),
    (CASE WHEN endorsed_at > changed_at THEN endorsed_at ELSE changed_at END)
) WHERE state IN ('listed', 'counted') AND NOT organisation;
-- The order of lists, newest first, and the public one by name. Without statistics SQLite takes an equality for very
-- selective, so no index of all states begins with the state.
CREATE INDEX endorsement_at ON endorsement (endorsed_at, id);
-- What the public list can be filtered by stands in its indexes, so that rows that a filter leaves out are not looked up.
CREATE INDEX endorsement_by_name ON endorsement (shown_words, id, organisation, kind, revision, statement_state, state)
    WHERE state = 'listed';
CREATE INDEX endorsement_listed ON endorsement (endorsed_at, id, organisation, kind, revision, statement_state, state)
    WHERE state = 'listed';
CREATE INDEX endorsement_unlisted ON endorsement (state, endorsed_at, id) WHERE state <> 'listed';
-- What is rare among many. The condition is the first column as well, so that SQLite takes the index for an equality.
CREATE INDEX endorsement_organisation ON endorsement (organisation, endorsed_at, id) WHERE organisation;
CREATE INDEX endorsement_reply ON endorsement (kind, endorsed_at, id)
    WHERE state = 'listed' AND kind = 'reply' AND (statement IS NULL OR statement_state = 'shown');
CREATE INDEX endorsement_statement ON endorsement (statement_state, endorsed_at, id)
    WHERE state = 'listed' AND statement_state = 'shown';
-- Those of whom something is still to be erased.
CREATE INDEX endorsement_to_erase ON endorsement (changed_at)
    WHERE state IN ('withdrawn', 'rejected', 'invalid')
      AND (name IS NOT NULL OR statement IS NOT NULL OR declared_name IS NOT NULL
           OR declared_affiliation IS NOT NULL OR reason IS NOT NULL
           OR edited_name IS NOT NULL OR edited_affiliation IS NOT NULL);
CREATE INDEX endorsement_unsure ON endorsement (endorsed_at, id) WHERE waits_for = 'unsure';
-- What waits for a moderator although the endorsement does not.
CREATE INDEX endorsement_name_waits ON endorsement (endorsed_at, id)
    WHERE state = 'listed' AND name_state = 'pending' AND name IS NOT NULL AND edited_name IS NULL;
CREATE INDEX endorsement_words_wait ON endorsement (endorsed_at, id)
    WHERE statement_state = 'pending' OR declared_state = 'pending';

-- The search index over the words of `endorsement`, which its triggers keep. The words are made of letters and digits
-- already, so nothing is left to this tokenizer but to split at spaces. What is deleted is overwritten.
CREATE VIRTUAL TABLE endorsement_search USING fts5 (
    shown_words, other_words, content = 'endorsement', content_rowid = 'id', tokenize = 'ascii', detail = 'column'
);
INSERT INTO endorsement_search (endorsement_search, rank) VALUES ('secure-delete', 1);
-- Its words, and how many rows have each: `check` reads them.
CREATE VIRTUAL TABLE endorsement_search_words USING fts5vocab (endorsement_search, col);
CREATE TRIGGER endorsement_search_insert AFTER INSERT ON endorsement
WHEN new.shown_words <> '' OR new.other_words <> ''
BEGIN
    INSERT INTO endorsement_search (rowid, shown_words, other_words)
    VALUES (new.id, new.shown_words, new.other_words);
END;
CREATE TRIGGER endorsement_search_delete AFTER DELETE ON endorsement
WHEN old.shown_words <> '' OR old.other_words <> ''
BEGIN
    INSERT INTO endorsement_search (endorsement_search, rowid, shown_words, other_words)
    VALUES ('delete', old.id, old.shown_words, old.other_words);
END;
CREATE TRIGGER endorsement_search_update AFTER UPDATE OF shown_words, other_words ON endorsement
WHEN old.shown_words <> new.shown_words OR old.other_words <> new.other_words
BEGIN
    INSERT INTO endorsement_search (endorsement_search, rowid, shown_words, other_words)
    SELECT 'delete', old.id, old.shown_words, old.other_words
    WHERE old.shown_words <> '' OR old.other_words <> '';
    INSERT INTO endorsement_search (rowid, shown_words, other_words)
    SELECT new.id, new.shown_words, new.other_words
    WHERE new.shown_words <> '' OR new.other_words <> '';
END;

-- Replies that do not sign; their public ids share one id space with those of endorsements.
CREATE TABLE comment (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    act_id INTEGER NOT NULL UNIQUE REFERENCES act (id)
) STRICT;

-- Every change of an endorsement's state, from the first one on.
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    endorsement_id INTEGER NOT NULL REFERENCES endorsement (id),
    at INTEGER NOT NULL,
    was TEXT,
    now TEXT NOT NULL,
    act_id INTEGER,
    revision INTEGER NOT NULL,
    cause TEXT NOT NULL,
    audit_id INTEGER,
    -- How many changes are left out before this one: of a day the first and the last ten are kept.
    left_out INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX history_endorsement ON history (endorsement_id, id);

-- What administrators did. Triggers keep the rows as they are: only `undone_by`, the entry that took one back, is set
-- once. Reasons can be erased, hence the table of their own. A bulk act has no target: `audit_target` lists them.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    code TEXT,
    target TEXT,
    -- How many it was done to, where `audit_target` does not list them.
    count INTEGER,
    undone_by INTEGER
) STRICT;
CREATE INDEX audit_by_target ON audit (target) WHERE target IS NOT NULL;
-- What the public is told about decisions: how many, by their reasons.
CREATE INDEX audit_invalidated ON audit (code, id) WHERE action = 'endorsement.invalidate';
CREATE TABLE audit_note (
    audit_id INTEGER PRIMARY KEY REFERENCES audit (id),
    reason TEXT NOT NULL
) STRICT;

-- What an entry of the audit was about: public ids, domains, numbers. `undo` is what taking it back needs, as JSON. It may
-- hold names, so it is erased with them; nothing else ever changes.
CREATE TABLE audit_target (
    id INTEGER PRIMARY KEY,
    audit_id INTEGER NOT NULL REFERENCES audit (id),
    target TEXT NOT NULL,
    undo TEXT
) STRICT;
CREATE INDEX audit_target_audit ON audit_target (audit_id, id);
CREATE INDEX audit_target_target ON audit_target (target);

CREATE TRIGGER audit_changed BEFORE UPDATE ON audit
WHEN (OLD.id, OLD.at, OLD.by, OLD.action, OLD.code, OLD.target, OLD.count)
     IS NOT (NEW.id, NEW.at, NEW.by, NEW.action, NEW.code, NEW.target, NEW.count)
  OR OLD.undone_by IS NOT NULL OR NEW.undone_by IS NULL
BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be changed');
END;
CREATE TRIGGER audit_target_changed BEFORE UPDATE ON audit_target
WHEN (OLD.id, OLD.audit_id, OLD.target) IS NOT (NEW.id, NEW.audit_id, NEW.target) OR NEW.undo IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be changed');
END;
CREATE TRIGGER audit_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be changed');
END;
CREATE TRIGGER audit_target_deleted BEFORE DELETE ON audit_target
BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be changed');
END;
-- INSERT OR REPLACE deletes without the triggers for that.
CREATE TRIGGER audit_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be changed');
END;
CREATE TRIGGER audit_target_replaced BEFORE INSERT ON audit_target
WHEN EXISTS (SELECT 1 FROM audit_target WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be changed');
END;

-- Followers. The inbox stands on the actor, so that an Update of the actor cannot leave it stale.
CREATE TABLE follower (
    actor_id INTEGER PRIMARY KEY REFERENCES actor (id),
    -- The id of the newest Follow, which a Reject has to name.
    follow_id TEXT,
    since INTEGER NOT NULL,
    -- Until when a blocked follower is kept without being sent anything.
    asleep_until INTEGER
) STRICT;
-- The order of `follower list`.
CREATE INDEX follower_since ON follower (since, actor_id) WHERE asleep_until IS NULL;
CREATE INDEX follower_asleep ON follower (asleep_until) WHERE asleep_until IS NOT NULL;

-- Boosts, and quotes that do not sign.
CREATE TABLE reach (
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    kind TEXT NOT NULL,
    object_hash BLOB NOT NULL,
    activity_hash BLOB NOT NULL,
    -- The path of what was boosted or quoted: an edit of it is sent to this actor.
    target TEXT NOT NULL,
    UNIQUE (actor_id, kind, object_hash)
) STRICT;

-- The authorizations of quotes (FEP-044f), and of collections that show the actor (FEP-7aa9), which their paths tell apart;
-- `object` is the post or the collection. Their documents are made from these rows. One that ends goes; but when a
-- moderator revoked it, its row stays with a salted hash of the post's id, so that the same post gets no other one.
CREATE TABLE quote_authorization (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    object_hash BLOB,
    object TEXT NOT NULL,
    target TEXT NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX quote_authorization_granted ON quote_authorization (actor_id, object_hash, target)
    WHERE revoked_at IS NULL;
CREATE INDEX quote_authorization_withheld ON quote_authorization (object_hash)
    WHERE revoked_at IS NOT NULL AND object_hash IS NOT NULL;

-- What was received: requests, by their signatures, and activities, by their actors and ids. What arrives again does
-- nothing. Of an activity: when its Undo was signed, and whether that arrived before it.
CREATE TABLE seen (
    hash BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    undone_at INTEGER,
    awaited INTEGER NOT NULL CHECK (awaited IN (0, 1))
) STRICT;
CREATE INDEX seen_at ON seen (at);

-- Objects that were deleted or withdrawn. When the Delete was signed, which can be taken back: whether the author sent
-- the object again since. One that never came expires.
CREATE TABLE tombstone (
    object_hash BLOB NOT NULL,
    actor_hash BLOB NOT NULL,
    deleted_at INTEGER,
    claimed INTEGER NOT NULL CHECK (claimed IN (0, 1)),
    expires_at INTEGER,
    PRIMARY KEY (object_hash, actor_hash)
) STRICT;
CREATE INDEX tombstone_expires ON tombstone (expires_at) WHERE expires_at IS NOT NULL;

-- Blocks and limits of domains and actors.
CREATE TABLE policy (
    target TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('domain', 'actor')),
    severity TEXT NOT NULL CHECK (severity IN ('block', 'limit', 'noop')),
    public_comment TEXT,
    private_comment TEXT,
    at INTEGER NOT NULL,
    -- What only lists of blocks know: kept so that a list comes out as it went in.
    reject_media INTEGER NOT NULL DEFAULT 0 CHECK (reject_media IN (0, 1)),
    reject_reports INTEGER NOT NULL DEFAULT 0 CHECK (reject_reports IN (0, 1)),
    obfuscate INTEGER NOT NULL DEFAULT 0 CHECK (obfuscate IN (0, 1))
) STRICT;

-- Domains that moderators trust, each with everything below it: no surge limit, and allowed under
-- `moderation.default_policy = "allowlist"`.
CREATE TABLE trusted_domain (
    domain TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

-- Rules of the moderators. A removed one stays, so that no number is given twice.
CREATE TABLE word_rule (
    id INTEGER PRIMARY KEY,
    pattern TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('text', 'name', 'both')),
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;

-- What came of each delivery to our inboxes: the last `log.journal_rows` of them.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    type TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT
) STRICT;

-- How many endorsements came in from each domain, by the minute, so that all processes count together and a restart
-- forgets nothing (`moderation.surge_…`). The empty domain stands for all domains together that have no
-- listed endorsement older than a week.
CREATE TABLE surge (
    domain TEXT NOT NULL,
    at INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (domain, at)
) STRICT;

-- The letter and our posts.
CREATE TABLE own_object (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    -- The Markdown of a post. Null for the letter, whose texts are in `revision`, and for a deleted post.
    source TEXT,
    published_at INTEGER NOT NULL,
    updated_at INTEGER,
    deleted_at INTEGER
) STRICT;

-- Who is mentioned in a post, by the handle that stands in its text, in small letters. A handle that an edit took out
-- stays, because its server has a copy.
CREATE TABLE post_mention (
    own_object_id INTEGER NOT NULL REFERENCES own_object (id),
    handle TEXT NOT NULL,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    PRIMARY KEY (own_object_id, handle)
) STRICT;
CREATE INDEX post_mention_actor ON post_mention (actor_id);

-- Our activities. Bodies are stored byte for byte as they are sent. `subject` names what the activity is about: of two
-- about the same thing, the older one is sent first.
CREATE TABLE activity (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    at INTEGER NOT NULL
) STRICT;
-- Only the end of a subject: it is short whatever a remote id looks like, and tells nearly all of them apart.
CREATE INDEX activity_subject ON activity (substr(subject, length(subject) - 31));
-- The outbox. Beside a hundred thousand answers to people there are few of these.
CREATE INDEX activity_public ON activity (id) WHERE public;
-- What was sent to single people and is to be erased.
CREATE INDEX activity_to_erase ON activity (at) WHERE NOT public AND body <> '';

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    activity_id INTEGER NOT NULL REFERENCES activity (id),
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    host_id INTEGER NOT NULL REFERENCES host (id),
    state TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'refused', 'abandoned')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    last_status INTEGER,
    last_body TEXT,
    queued_at INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (activity_id, inbox_id)
) STRICT;
CREATE INDEX delivery_queued ON delivery (host_id, activity_id) WHERE state = 'queued';
CREATE INDEX delivery_settled ON delivery (settled_at) WHERE settled_at IS NOT NULL;
-- What other servers said, which goes with the person whose inbox it was; most say nothing.
CREATE INDEX delivery_said ON delivery (inbox_id) WHERE last_body <> '';
-- What of one activity still waits, without reading what was settled: an Update to 30,000 inboxes leaves as many
-- settled rows for 30 days.
CREATE INDEX delivery_waiting ON delivery (activity_id, inbox_id) WHERE state = 'queued';
-- What was not delivered, for `queue list`.
CREATE INDEX delivery_failed ON delivery (settled_at) WHERE state IN ('refused', 'abandoned');
-- What waits for a date of its own. Nothing else is in here, so that a publication writes no row of it.
CREATE INDEX delivery_later ON delivery (due_at) WHERE state = 'queued' AND due_at > queued_at;
-- `host.waiting`: without it, looking for hosts that are due would read all hosts that were ever served.
CREATE TRIGGER host_waiting_added AFTER INSERT ON delivery
WHEN NEW.state = 'queued'
BEGIN
    UPDATE host SET waiting = 1 WHERE id = NEW.host_id AND NOT waiting;
END;
CREATE TRIGGER host_waiting_begins AFTER UPDATE OF state, host_id ON delivery
WHEN NEW.state = 'queued' AND (OLD.state <> 'queued' OR OLD.host_id <> NEW.host_id)
BEGIN
    UPDATE host SET waiting = 1 WHERE id = NEW.host_id AND NOT waiting;
END;
CREATE TRIGGER host_waiting_ends AFTER UPDATE OF state, host_id ON delivery
WHEN OLD.state = 'queued' AND (NEW.state <> 'queued' OR OLD.host_id <> NEW.host_id)
BEGIN
    UPDATE host SET waiting = 0
    WHERE id = OLD.host_id
      AND waiting
      AND NOT EXISTS (SELECT 1 FROM delivery WHERE host_id = OLD.host_id AND state = 'queued');
END;
CREATE TRIGGER host_waiting_removed AFTER DELETE ON delivery
WHEN OLD.state = 'queued'
BEGIN
    UPDATE host SET waiting = 0
    WHERE id = OLD.host_id
      AND waiting
      AND NOT EXISTS (SELECT 1 FROM delivery WHERE host_id = OLD.host_id AND state = 'queued');
END;

-- Retries of what needs the network. `key_hash` makes one row of two requests for the same thing.
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    leased_by TEXT,
    leased_until INTEGER NOT NULL DEFAULT 0,
    -- The host whose activity caused the job; only so many may wait for one.
    ordered_by TEXT,
    -- The registrable domain that the job asks, where that is limited or counted.
    domain TEXT
) STRICT;
CREATE INDEX job_due ON job (due_at);
CREATE INDEX job_domain ON job (domain) WHERE domain IS NOT NULL;
CREATE INDEX job_ordered ON job (ordered_by) WHERE ordered_by IS NOT NULL;

-- Who holds leases of hosts and jobs, and until when it is believed to live, by the database's clock (PostgreSQL).
CREATE TABLE lease_holder (
    name TEXT PRIMARY KEY,
    alive_until INTEGER NOT NULL
) STRICT;

-- The servers that run, which say so every five seconds.
CREATE TABLE server (
    name TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    since INTEGER NOT NULL,
    alive_at INTEGER NOT NULL
) STRICT;

-- How much was fetched from each host on a day.
CREATE TABLE fetch_day (
    host TEXT NOT NULL,
    day INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (host, day)
) STRICT;

-- The names in the letter's own list, and those that administrators entered. The texts of a removed one are empty.
CREATE TABLE signatory (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    skeleton TEXT NOT NULL,
    handle TEXT,
    url TEXT,
    affiliation TEXT,
    source TEXT NOT NULL CHECK (source IN ('github', 'letter', 'manual')),
    position INTEGER NOT NULL,
    line INTEGER,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('listed', 'hidden', 'withdrawn', 'removed')),
    listed_at INTEGER NOT NULL,
    gone_at INTEGER,
    -- As the `shown_words` of an endorsement: empty unless it is listed.
    shown_words TEXT NOT NULL DEFAULT '',
    -- How a name by hand came in, and where its proof is: never public.
    collected TEXT CHECK (collected IN ('email', 'paper', 'other')),
    reference TEXT,
    -- Salted hashes of name and handle, by which a hidden or removed name is known when the file has it again.
    name_hash BLOB,
    handle_hash BLOB
) STRICT;
CREATE INDEX signatory_skeleton ON signatory (skeleton);
CREATE INDEX signatory_handle ON signatory (lower(handle));
CREATE INDEX signatory_listed ON signatory (listed_at DESC, position, id) WHERE state = 'listed';
CREATE INDEX signatory_by_name ON signatory (shown_words, id) WHERE state = 'listed';
CREATE INDEX signatory_in_file ON signatory (position, id) WHERE state = 'listed' AND source <> 'manual';

-- What looks at the profiles of listed endorsers found, where a profile links to something that may be the same
-- person's or organisation's. One row for each endorser: an entry is merged with one other at most.
CREATE TABLE link (
    endorsement_id INTEGER PRIMARY KEY REFERENCES endorsement (id) ON DELETE CASCADE,
    -- 'linked': both sides link each other; 'claimed': only the profile links; 'removed': an administrator took the link
    -- away, and no look brings it back.
    state TEXT NOT NULL CHECK (state IN ('linked', 'claimed', 'removed')),
    -- The GitHub account: its name as GitHub writes it, and its number, which stays when it is renamed.
    github TEXT,
    github_id INTEGER,
    -- Of an organisation: the host of its website.
    domain TEXT,
    -- The other entry of the same person: a name of the letter's list, or the endorsement of another account.
    signatory_id INTEGER UNIQUE REFERENCES signatory (id) ON DELETE SET NULL,
    other_id INTEGER UNIQUE REFERENCES endorsement (id) ON DELETE SET NULL,
    looked_at INTEGER NOT NULL,
    -- When a look first read both sides of what is linked, and missed one.
    missed_at INTEGER
) STRICT;

-- The two entries of each person that is linked, as far as both count. Of a person who signed and likes, the like is the
-- one too many.
CREATE VIEW linked_pair AS
    SELECT link.endorsement_id, link.signatory_id, link.other_id,
           endorsement.kind IN ('like', 'reaction') OR COALESCE(other.kind IN ('like', 'reaction'), FALSE) AS liked,
           other.id IS NOT NULL AS fediverse,
           endorsement.state = 'listed' AND COALESCE(other.state, 'listed') = 'listed' AS shown,
           endorsement.revision, COALESCE(signatory.revision, other.revision) AS other_revision
    FROM link
    JOIN endorsement ON endorsement.id = link.endorsement_id
        AND endorsement.state IN ('listed', 'counted') AND NOT endorsement.organisation
    LEFT JOIN signatory ON signatory.id = link.signatory_id AND signatory.state = 'listed'
    LEFT JOIN endorsement AS other ON other.id = link.other_id
        AND other.state IN ('listed', 'counted') AND NOT other.organisation
    WHERE link.state = 'linked' AND (signatory.id IS NOT NULL OR other.id IS NOT NULL);

-- Reports by other servers, one row for each host and set of things that it names: our paths and public ids of
-- endorsements, sorted, with blanks between them.
CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    targets TEXT NOT NULL,
    count INTEGER NOT NULL,
    text TEXT,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (host, targets)
) STRICT;
CREATE INDEX report_at ON report (at);

-- The steps of the goal that were ever reached, announced or not.
CREATE TABLE milestone (
    step INTEGER PRIMARY KEY
) STRICT;

-- Numbers that are kept, not counted: the triggers below change them in the transaction that changes what they count,
-- whoever writes it. Besides them only `check --repair` writes here. None falls below 0, and a wrong one refuses no
-- change, because leaving has to work: `check` finds it.

-- Endorsements by everything that readers tell apart. What nobody is left of stays, with 0.
CREATE TABLE endorsement_count (
    state TEXT NOT NULL CHECK (state IN
        ('listed', 'counted', 'pending', 'hidden', 'rejected', 'withdrawn', 'late', 'invalid')),
    organisation INTEGER NOT NULL CHECK (organisation IN (0, 1)),
    -- Whether it is a like or a reaction.
    liked INTEGER NOT NULL CHECK (liked IN (0, 1)),
    revision INTEGER NOT NULL,
    statement_waits INTEGER NOT NULL CHECK (statement_waits IN (0, 1)),
    name_waits INTEGER NOT NULL CHECK (name_waits IN (0, 1)),
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (state, organisation, liked, revision, statement_waits, name_waits)
) STRICT, WITHOUT ROWID;

-- Accounts of persons that count, by the day since 1970 (UTC) of their endorsement, and those on the list by their hosts:
-- of who asked not to be named not even the server is told.
CREATE TABLE day_count (
    day INTEGER NOT NULL,
    liked INTEGER NOT NULL CHECK (liked IN (0, 1)),
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (day, liked)
) STRICT, WITHOUT ROWID;
CREATE TABLE host_count (
    host_id INTEGER PRIMARY KEY,
    n INTEGER NOT NULL CHECK (n >= 0)
) STRICT;
CREATE INDEX host_count_most ON host_count (n);

-- Listed signatories.
CREATE TABLE signatory_count (
    source TEXT NOT NULL,
    revision INTEGER NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (source, revision)
) STRICT, WITHOUT ROWID;

-- Persons with two linked entries, which are one supporter. `fediverse`: both are accounts there; `shown`: both are on
-- the public list, in one line. They are few: whatever changes one of them counts all of them anew.
CREATE TABLE linked_count (
    liked INTEGER NOT NULL CHECK (liked IN (0, 1)),
    fediverse INTEGER NOT NULL CHECK (fediverse IN (0, 1)),
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    revision INTEGER NOT NULL,
    other_revision INTEGER NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (liked, fediverse, shown, revision, other_revision)
) STRICT, WITHOUT ROWID;

-- Single numbers: followers who are not asleep, boosts, those of the letter, accounts that quote (an account that quotes
-- ten times is one), the size of all signed requests, and settled deliveries by their states. Those that wait are not
-- here: a publication writes 100,000 at once, and they have an index of their own.
CREATE TABLE total (
    name TEXT PRIMARY KEY CHECK (name IN
        ('followers', 'boosts', 'letter_boosts', 'quoting', 'evidence_bytes', 'delivered', 'refused', 'abandoned')),
    n INTEGER NOT NULL DEFAULT 0 CHECK (n >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO total (name) VALUES
    ('followers'), ('boosts'), ('letter_boosts'), ('quoting'), ('evidence_bytes'), ('delivered'), ('refused'),
    ('abandoned');

-- Updated first, and inserted where there was nothing to update: an upsert takes twice as long.
CREATE TRIGGER endorsement_added AFTER INSERT ON endorsement
BEGIN
    UPDATE endorsement_count
    SET n = n + 1
    WHERE state = NEW.state AND organisation = NEW.organisation AND liked = (NEW.kind IN ('like', 'reaction'))
      AND revision = NEW.revision AND statement_waits = (NEW.statement_state IS 'pending' OR NEW.declared_state IS 'pending')
      AND name_waits = (NEW.name_state = 'pending' AND NEW.name IS NOT NULL AND NEW.edited_name IS NULL);
    INSERT INTO endorsement_count (state, organisation, liked, revision, statement_waits, name_waits, n)
    SELECT NEW.state, NEW.organisation, NEW.kind IN ('like', 'reaction'), NEW.revision,
           NEW.statement_state IS 'pending' OR NEW.declared_state IS 'pending',
           NEW.name_state = 'pending' AND NEW.name IS NOT NULL AND NEW.edited_name IS NULL, 1
    WHERE changes() = 0;
END;
CREATE TRIGGER endorsement_changed
AFTER UPDATE OF state, organisation, kind, revision, statement_state, declared_state, name_state, name, edited_name
ON endorsement
WHEN (OLD.state, OLD.organisation, OLD.kind, OLD.revision, OLD.statement_state, OLD.declared_state, OLD.name_state,
      OLD.name IS NULL, OLD.edited_name IS NULL)
     IS NOT (NEW.state, NEW.organisation, NEW.kind, NEW.revision, NEW.statement_state, NEW.declared_state,
             NEW.name_state, NEW.name IS NULL, NEW.edited_name IS NULL)
BEGIN
    UPDATE endorsement_count
    SET n = MAX(0, n - 1)
    WHERE state = OLD.state AND organisation = OLD.organisation AND liked = (OLD.kind IN ('like', 'reaction'))
      AND revision = OLD.revision AND statement_waits = (OLD.statement_state IS 'pending' OR OLD.declared_state IS 'pending')
      AND name_waits = (OLD.name_state = 'pending' AND OLD.name IS NOT NULL AND OLD.edited_name IS NULL);
    UPDATE endorsement_count
    SET n = n + 1
    WHERE state = NEW.state AND organisation = NEW.organisation AND liked = (NEW.kind IN ('like', 'reaction'))
      AND revision = NEW.revision AND statement_waits = (NEW.statement_state IS 'pending' OR NEW.declared_state IS 'pending')
      AND name_waits = (NEW.name_state = 'pending' AND NEW.name IS NOT NULL AND NEW.edited_name IS NULL);
    INSERT INTO endorsement_count (state, organisation, liked, revision, statement_waits, name_waits, n)
    SELECT NEW.state, NEW.organisation, NEW.kind IN ('like', 'reaction'), NEW.revision,
           NEW.statement_state IS 'pending' OR NEW.declared_state IS 'pending',
           NEW.name_state = 'pending' AND NEW.name IS NOT NULL AND NEW.edited_name IS NULL, 1
    WHERE changes() = 0;
END;
CREATE TRIGGER endorsement_removed AFTER DELETE ON endorsement
BEGIN
    UPDATE endorsement_count
    SET n = MAX(0, n - 1)
    WHERE state = OLD.state AND organisation = OLD.organisation AND liked = (OLD.kind IN ('like', 'reaction'))
      AND revision = OLD.revision AND statement_waits = (OLD.statement_state IS 'pending' OR OLD.declared_state IS 'pending')
      AND name_waits = (OLD.name_state = 'pending' AND OLD.name IS NOT NULL AND OLD.edited_name IS NULL);
END;

-- The same by day, of persons that count, and by host, of those on the list.
CREATE TRIGGER endorsement_spread_added AFTER INSERT ON endorsement
WHEN NEW.state IN ('listed', 'counted') AND NOT NEW.organisation
BEGIN
    INSERT INTO day_count (day, liked, n)
    VALUES (NEW.endorsed_at / 86400000, NEW.kind IN ('like', 'reaction'), 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO host_count (host_id, n) SELECT host_id, 1 FROM actor WHERE id = NEW.actor_id AND NEW.state = 'listed'
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER endorsement_spread_changed AFTER UPDATE OF actor_id, state, organisation, kind, endorsed_at
ON endorsement
WHEN (OLD.actor_id, OLD.state = 'listed', OLD.state IN ('listed', 'counted') AND NOT OLD.organisation,
      OLD.kind IN ('like', 'reaction'), OLD.endorsed_at / 86400000)
     IS NOT (NEW.actor_id, NEW.state = 'listed', NEW.state IN ('listed', 'counted') AND NOT NEW.organisation,
             NEW.kind IN ('like', 'reaction'), NEW.endorsed_at / 86400000)
BEGIN
    UPDATE day_count
    SET n = MAX(0, n - 1)
    WHERE OLD.state IN ('listed', 'counted') AND NOT OLD.organisation
      AND day = OLD.endorsed_at / 86400000 AND liked = (OLD.kind IN ('like', 'reaction'));
    UPDATE host_count
    SET n = MAX(0, n - 1)
    WHERE OLD.state = 'listed' AND NOT OLD.organisation
      AND host_id = (SELECT host_id FROM actor WHERE id = OLD.actor_id);
    INSERT INTO day_count (day, liked, n)
    SELECT NEW.endorsed_at / 86400000, NEW.kind IN ('like', 'reaction'), 1
    WHERE NEW.state IN ('listed', 'counted') AND NOT NEW.organisation
    ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO host_count (host_id, n)
    SELECT host_id, 1 FROM actor
    WHERE id = NEW.actor_id AND NEW.state = 'listed' AND NOT NEW.organisation
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER endorsement_spread_removed AFTER DELETE ON endorsement
WHEN OLD.state IN ('listed', 'counted') AND NOT OLD.organisation
BEGIN
    UPDATE day_count
    SET n = MAX(0, n - 1)
    WHERE day = OLD.endorsed_at / 86400000 AND liked = (OLD.kind IN ('like', 'reaction'));
    UPDATE host_count
    SET n = MAX(0, n - 1)
    WHERE OLD.state = 'listed' AND host_id = (SELECT host_id FROM actor WHERE id = OLD.actor_id);
END;

CREATE TRIGGER signatory_added AFTER INSERT ON signatory
WHEN NEW.state = 'listed'
BEGIN
    INSERT INTO signatory_count (source, revision, n) VALUES (NEW.source, NEW.revision, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER signatory_changed AFTER UPDATE OF source, revision, state ON signatory
WHEN (OLD.source, OLD.revision, OLD.state) IS NOT (NEW.source, NEW.revision, NEW.state)
BEGIN
    UPDATE signatory_count
    SET n = MAX(0, n - 1)
    WHERE OLD.state = 'listed' AND source = OLD.source AND revision = OLD.revision;
    INSERT INTO signatory_count (source, revision, n)
    SELECT NEW.source, NEW.revision, 1 WHERE NEW.state = 'listed'
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER signatory_removed AFTER DELETE ON signatory
WHEN OLD.state = 'listed'
BEGIN
    UPDATE signatory_count SET n = MAX(0, n - 1) WHERE source = OLD.source AND revision = OLD.revision;
END;

CREATE TRIGGER endorsement_linked AFTER UPDATE OF state, organisation, kind, revision ON endorsement
WHEN (OLD.state, OLD.organisation, OLD.kind, OLD.revision) IS NOT (NEW.state, NEW.organisation, NEW.kind, NEW.revision)
 AND EXISTS (SELECT 1 FROM link WHERE endorsement_id = NEW.id UNION ALL SELECT 1 FROM link WHERE other_id = NEW.id)
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
    SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
END;
CREATE TRIGGER signatory_linked AFTER UPDATE OF state, revision ON signatory
WHEN (OLD.state, OLD.revision) IS NOT (NEW.state, NEW.revision)
 AND EXISTS (SELECT 1 FROM link WHERE signatory_id = NEW.id)
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
    SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
END;
CREATE TRIGGER link_added AFTER INSERT ON link
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
    SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
END;
CREATE TRIGGER link_changed AFTER UPDATE OF state, signatory_id, other_id ON link
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
    SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
END;
CREATE TRIGGER link_removed AFTER DELETE ON link
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
    SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
END;

CREATE TRIGGER follower_added AFTER INSERT ON follower
WHEN NEW.asleep_until IS NULL
BEGIN
    UPDATE total SET n = n + 1 WHERE name = 'followers';
END;
CREATE TRIGGER follower_changed AFTER UPDATE OF asleep_until ON follower
WHEN (OLD.asleep_until IS NULL) <> (NEW.asleep_until IS NULL)
BEGIN
    UPDATE total SET n = MAX(0, n + CASE WHEN NEW.asleep_until IS NULL THEN 1 ELSE -1 END) WHERE name = 'followers';
END;
CREATE TRIGGER follower_removed AFTER DELETE ON follower
WHEN OLD.asleep_until IS NULL
BEGIN
    UPDATE total SET n = MAX(0, n - 1) WHERE name = 'followers';
END;

CREATE TRIGGER reach_added AFTER INSERT ON reach
BEGIN
    UPDATE total
    SET n = n + 1
    WHERE (name = 'boosts' AND NEW.kind = 'boost')
       OR (name = 'letter_boosts' AND NEW.kind = 'boost' AND NEW.target = '/letter')
       OR (name = 'quoting' AND NEW.kind = 'quote'
           AND NOT EXISTS (SELECT 1 FROM reach
                           WHERE actor_id = NEW.actor_id AND kind = 'quote' AND rowid <> NEW.rowid));
END;
CREATE TRIGGER reach_changed AFTER UPDATE OF actor_id, kind, target ON reach
WHEN (OLD.actor_id, OLD.kind, OLD.target) IS NOT (NEW.actor_id, NEW.kind, NEW.target)
BEGIN
    UPDATE total
    SET n = MAX(0, n - 1)
    WHERE (name = 'boosts' AND OLD.kind = 'boost')
       OR (name = 'letter_boosts' AND OLD.kind = 'boost' AND OLD.target = '/letter')
       OR (name = 'quoting' AND OLD.kind = 'quote'
           AND NOT EXISTS (SELECT 1 FROM reach
                           WHERE actor_id = OLD.actor_id AND kind = 'quote' AND rowid <> OLD.rowid));
    UPDATE total
    SET n = n + 1
    WHERE (name = 'boosts' AND NEW.kind = 'boost')
       OR (name = 'letter_boosts' AND NEW.kind = 'boost' AND NEW.target = '/letter')
       OR (name = 'quoting' AND NEW.kind = 'quote'
           AND NOT EXISTS (SELECT 1 FROM reach
                           WHERE actor_id = NEW.actor_id AND kind = 'quote' AND rowid <> NEW.rowid));
END;
CREATE TRIGGER reach_removed AFTER DELETE ON reach
BEGIN
    UPDATE total
    SET n = MAX(0, n - 1)
    WHERE (name = 'boosts' AND OLD.kind = 'boost')
       OR (name = 'letter_boosts' AND OLD.kind = 'boost' AND OLD.target = '/letter')
       OR (name = 'quoting' AND OLD.kind = 'quote'
           AND NOT EXISTS (SELECT 1 FROM reach WHERE actor_id = OLD.actor_id AND kind = 'quote'));
END;

CREATE TRIGGER evidence_added AFTER INSERT ON evidence
BEGIN
    UPDATE total SET n = n + NEW.bytes WHERE name = 'evidence_bytes';
END;
CREATE TRIGGER evidence_changed AFTER UPDATE OF bytes ON evidence
WHEN OLD.bytes <> NEW.bytes
BEGIN
    UPDATE total SET n = MAX(0, n + NEW.bytes - OLD.bytes) WHERE name = 'evidence_bytes';
END;
CREATE TRIGGER evidence_removed AFTER DELETE ON evidence
BEGIN
    UPDATE total SET n = MAX(0, n - OLD.bytes) WHERE name = 'evidence_bytes';
END;

CREATE TRIGGER delivery_added AFTER INSERT ON delivery
WHEN NEW.state <> 'queued'
BEGIN
    UPDATE total SET n = n + 1 WHERE name = NEW.state;
END;
CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON delivery
WHEN OLD.state <> NEW.state
BEGIN
    UPDATE total SET n = MAX(0, n - 1) WHERE name = OLD.state;
    UPDATE total SET n = n + 1 WHERE name = NEW.state;
END;
CREATE TRIGGER delivery_removed AFTER DELETE ON delivery
WHEN OLD.state <> 'queued'
BEGIN
    UPDATE total SET n = MAX(0, n - 1) WHERE name = OLD.state;
END;
