-- The whole schema. The folder `sqlite` holds the same tables with the same columns; a test compares them.
--
-- Columns that end in `_hash` are SHA-256 (32 bytes). They stand in the indexes in place of remote ids, which may be
-- 2,048 bytes long: PostgreSQL refuses index rows above 2,704 bytes. Times are milliseconds since 1970 (UTC).

-- The identity of the actor. Written with the first publication; `serve` compares it with the configuration.
CREATE TABLE identity (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    base_url TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- The id of the actor that the letter moved to, and when.
    moved_to TEXT COLLATE "C",
    moved_at BIGINT,
    -- When the actor was deleted, for ever.
    retired_at BIGINT
);

-- Our private keys, newest last. The actor is 'letter' or 'instance'. The number is part of the key's public id: an
-- actor's keys are counted from 1, and the newest one stays, so none is given twice.
CREATE TABLE own_key (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor TEXT COLLATE "C" NOT NULL CHECK (actor IN ('letter', 'instance')),
    number BIGINT NOT NULL,
    pkcs8 BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    UNIQUE (actor, number)
);

CREATE TABLE setting (
    key TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- A version for each topic, for servers that watch for changes. The last statement of each transaction bumps them, in
-- the order of their names.
CREATE TABLE change (
    topic TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL
);

-- The revisions of the letter's text. The digest is not unique, because a text may return.
CREATE TABLE revision (
    number BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('first', 'typo', 'substantive')),
    -- The first revision with which this one counts as one text: a typo counts with the text that it corrects, a text
    -- that returns with what it was before.
    same_as BIGINT NOT NULL DEFAULT 1,
    title TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    by TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    -- Whether a typo changes more than slips inside words, and was published with `--yes` all the same.
    overruled BOOLEAN NOT NULL DEFAULT FALSE
);

-- The letter's translations: every text that stood as one, numbered for each language. A language whose newest row has no
-- text was taken away. `revision` is the letter's text when that happened.
CREATE TABLE translation (
    language TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT COLLATE "C",
    digest TEXT COLLATE "C",
    source TEXT COLLATE "C",
    by TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (language, number),
    CHECK ((title IS NULL) = (digest IS NULL) AND (title IS NULL) = (source IS NULL))
);

-- The pictures of the letter's texts, by SHA-256 and ending.
CREATE TABLE picture (
    name TEXT COLLATE "C" PRIMARY KEY,
    bytes BYTEA NOT NULL
);

-- Remote servers, with the retry state of their deliveries.
CREATE TABLE host (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    authority TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    -- The registrable domain.
    domain TEXT COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL DEFAULT 0,
    -- How many times in a row the host answered with Retry-After.
    asked_to_wait BIGINT NOT NULL DEFAULT 0,
    leased_by TEXT COLLATE "C",
    leased_until BIGINT NOT NULL DEFAULT 0,
    -- When the first failure in a row was: its age makes the host unavailable.
    failing_since BIGINT,
    unavailable_since BIGINT,
    -- Since when looks at accounts and posts there get no answer, and when the last one got none; and the first of these
    -- dates, once that has lasted so long that the public list says it.
    unreachable_since BIGINT,
    unreachable_at BIGINT,
    gone_since BIGINT,
    -- When the host came back after more than 30 days: a key that changes soon after is not trusted.
    returned_at BIGINT,
    last_success_at BIGINT,
    -- When something was last sent, and the status of the answer; null when there was none.
    last_tried_at BIGINT,
    last_status BIGINT,
    -- When a second attempt, signed by RFC 9421, worked where the usual signature had failed; null for the usual one.
    rfc9421_at BIGINT,
    -- Whether a request to the host lately took long; 'unknown' until one was answered or timed out.
    pace TEXT COLLATE "C" NOT NULL DEFAULT 'unknown' CHECK (pace IN ('quick', 'unknown', 'slow')),
    -- Whether any delivery to the host is queued, kept by the triggers of `delivery`.
    waiting BOOLEAN NOT NULL DEFAULT FALSE,
    -- Whether the name or a domain above it is blocked: names are compared when a block or the host is written, and not
    -- for each activity.
    blocked BOOLEAN NOT NULL DEFAULT FALSE
);
-- The hosts of each pace that something waits for, in the order in which they are served.
CREATE INDEX host_due ON host (pace, due_at, id) WHERE waiting;
CREATE INDEX host_blocked ON host (id) WHERE blocked;
CREATE INDEX host_leased ON host (leased_by) WHERE leased_by IS NOT NULL;

-- Hosts that were not told yet of an actor's newest key: this earlier one signs what they get.
CREATE TABLE host_key (
    host_id BIGINT NOT NULL REFERENCES host (id),
    actor TEXT COLLATE "C" NOT NULL CHECK (actor IN ('letter', 'instance')),
    own_key_id BIGINT NOT NULL REFERENCES own_key (id),
    PRIMARY KEY (host_id, actor)
);
CREATE INDEX host_key_own_key ON host_key (own_key_id);

CREATE TABLE inbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url TEXT COLLATE "C" NOT NULL,
    url_hash BYTEA NOT NULL UNIQUE,
    host_id BIGINT NOT NULL REFERENCES host (id),
    -- How often in a row the inbox was not found (404), and since when: then its owner's document is fetched again.
    missing BIGINT NOT NULL DEFAULT 0,
    missing_since BIGINT
);

-- Remote actors.
CREATE TABLE actor (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url TEXT COLLATE "C" NOT NULL,
    url_hash BYTEA NOT NULL UNIQUE,
    host_id BIGINT NOT NULL REFERENCES host (id),
    type TEXT COLLATE "C" NOT NULL,
    handle TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    page TEXT COLLATE "C",
    published_at BIGINT,
    discoverable BOOLEAN NOT NULL,
    opted_out BOOLEAN NOT NULL,
    inbox_id BIGINT NOT NULL REFERENCES inbox (id),
    shared_inbox_id BIGINT REFERENCES inbox (id),
    followers TEXT COLLATE "C",
    suspended BOOLEAN NOT NULL,
    first_seen_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    -- When the actor got the one direct answer that a private reply gets, ever.
    answered_at BIGINT,
    -- When the actor's signature was acknowledged, which happens once ever; or when it blocked us, which ends that.
    acknowledged_at BIGINT,
    -- Since when the actor is counted without its name, because it asked for that.
    unnamed_at BIGINT,
    -- When a direct command of the actor was last answered, and how many were on that day.
    told_at BIGINT,
    told_today BIGINT NOT NULL DEFAULT 0,
    -- The actor that speaks for this one since a confirmed Move.
    successor_id BIGINT REFERENCES actor (id),
    moved_at BIGINT,
    -- When the key changed without the old key's signature, and since when only leaving is obeyed because of it.
    key_changed_at BIGINT,
    frozen_at BIGINT,
    -- The handle that the actor's document gives, where `handle` is another one that WebFinger confirmed.
    stated_handle TEXT COLLATE "C",
    -- When a look first found that the host of `handle` answers, and says nothing about accounts.
    handle_doubted_at BIGINT,
    -- When post and account are looked at again; 0 as soon as possible, null when nobody endorses.
    verify_at BIGINT
);
-- By what a person is named on the command line. Both are remote text, which a hash index takes at any length.
CREATE INDEX actor_handle ON actor USING hash (lower(handle));
CREATE INDEX actor_page ON actor USING hash (page) WHERE page IS NOT NULL;
CREATE INDEX actor_host ON actor (host_id, refreshed_at);
CREATE INDEX actor_verify ON actor (verify_at, id) WHERE verify_at IS NOT NULL;
CREATE INDEX actor_inbox ON actor (inbox_id);
CREATE INDEX actor_shared_inbox ON actor (shared_inbox_id) WHERE shared_inbox_id IS NOT NULL;
CREATE INDEX actor_successor ON actor (successor_id) WHERE successor_id IS NOT NULL;
CREATE INDEX actor_key_changed ON actor (host_id, key_changed_at) WHERE key_changed_at IS NOT NULL;

CREATE TABLE actor_key (
    key_id_hash BYTEA PRIMARY KEY,
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    key_id TEXT COLLATE "C" NOT NULL,
    pem TEXT COLLATE "C" NOT NULL,
    fetched_at BIGINT NOT NULL
);
CREATE INDEX actor_key_actor ON actor_key (actor_id);

-- What actors did. An act stands while `ended_at` is null; `outcome` is the state that it would give the endorsement.
-- The key has `family` in place of `kind`, because an edit can turn a reply into a comment.
CREATE TABLE act (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('reply', 'mention', 'quote', 'like', 'reaction', 'comment')),
    family TEXT COLLATE "C" NOT NULL CHECK (family IN ('post', 'like', 'reaction')),
    object_hash BYTEA NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    activity_hash BYTEA NOT NULL,
    activity TEXT COLLATE "C",
    target TEXT COLLATE "C" NOT NULL,
    visibility TEXT COLLATE "C" NOT NULL CHECK (visibility IN ('public', 'unlisted')),
    ceiling TEXT COLLATE "C" NOT NULL CHECK (ceiling IN ('named', 'unread', 'counted')),
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('listed', 'counted', 'pending', 'late', 'comment')),
    waits_for TEXT COLLATE "C",
    -- The rule that holds it, when it waits for one.
    rule_id BIGINT,
    revision BIGINT NOT NULL,
    text TEXT COLLATE "C",
    warning TEXT COLLATE "C",
    language TEXT COLLATE "C",
    poll BOOLEAN NOT NULL DEFAULT FALSE,
    at BIGINT NOT NULL,
    edited_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT COLLATE "C",
    acknowledged TEXT COLLATE "C",
    -- Of a comment that was a signature before: when that ended, and whether its author or a moderator did it.
    unsigned_at BIGINT,
    unsigned_by TEXT COLLATE "C" CHECK (unsigned_by IN ('author', 'moderator')),
    -- Whether the act came with a confirmed Move: then it outlives the old account.
    carried BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (actor_id, family, object_hash)
);
CREATE INDEX act_object ON act (object_hash);
CREATE INDEX act_ended ON act (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX act_comment ON act (at) WHERE kind = 'comment';
-- What waits for a reason, by its person: maintenance asks for it.
CREATE INDEX act_waiting ON act (waits_for, actor_id) WHERE waits_for IS NOT NULL AND ended_at IS NULL;
-- What waits for a surge to pass, in the order of arrival.
CREATE INDEX act_surge ON act (at, id) WHERE waits_for = 'surge' AND ended_at IS NULL;

-- The signed request behind an act, the newest one for each.
CREATE TABLE evidence (
    act_id BIGINT PRIMARY KEY REFERENCES act (id),
    how TEXT COLLATE "C" NOT NULL CHECK (how IN ('signed', 'fetched')),
    method TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    headers TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    pem TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    -- The size of body, headers and key: the oldest requests go when all of them are over `privacy.raw_budget`.
    bytes BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX evidence_received ON evidence (received_at, act_id, bytes);

-- One row for each actor that ever endorsed, derived from the acts that stand.
CREATE TABLE endorsement (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,
    actor_id BIGINT NOT NULL UNIQUE REFERENCES actor (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN
        ('listed', 'counted', 'pending', 'hidden', 'rejected', 'withdrawn', 'late', 'invalid')),
    held_by TEXT COLLATE "C",
    decision TEXT COLLATE "C" CHECK (decision IN ('rejected', 'withdrawn', 'invalid')),
    kind TEXT COLLATE "C" NOT NULL,
    act_id BIGINT REFERENCES act (id),
    revision BIGINT NOT NULL,
    organisation BOOLEAN NOT NULL,
    name TEXT COLLATE "C",
    name_state TEXT COLLATE "C" NOT NULL CHECK (name_state IN ('pending', 'shown', 'hidden')),
    name_skeleton TEXT COLLATE "C",
    declared_name TEXT COLLATE "C",
    declared_affiliation TEXT COLLATE "C",
    declared_state TEXT COLLATE "C" CHECK (declared_state IN ('pending', 'shown', 'hidden')),
    statement TEXT COLLATE "C",
    statement_state TEXT COLLATE "C" CHECK (statement_state IN ('pending', 'shown', 'hidden')),
    -- Whether a moderator approved a statement of this actor (`moderation.statements = "trusted"`).
    statement_trusted BOOLEAN NOT NULL DEFAULT FALSE,
    waits_for TEXT COLLATE "C",
    -- The actor's domain while the endorsement waits, else null: only so many may wait from one domain.
    waiting_domain TEXT COLLATE "C",
    endorsed_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- How often the state changed on the day of `changed_at`.
    changes_today BIGINT NOT NULL DEFAULT 0,
    reason TEXT COLLATE "C",
    -- What a moderator put in place of what the endorser says: a name, an affiliation, the kind of account; and the act
    -- that a moderator made of a comment.
    edited_name TEXT COLLATE "C",
    edited_affiliation TEXT COLLATE "C",
    counts_as TEXT COLLATE "C" CHECK (counts_as IN ('organisation', 'person')),
    promoted_act BIGINT,
    -- What a search finds it by, as normalised words with spaces between them, at most 1,000 bytes: those that the
    -- public list shows, empty unless it is listed, and all others.
    shown_words TEXT COLLATE "C" NOT NULL DEFAULT '',
    other_words TEXT COLLATE "C" NOT NULL DEFAULT ''
);
-- Names are remote text and may be long: unlike a B-tree, a hash index takes a text of any length.
CREATE INDEX endorsement_skeleton ON endorsement USING hash (name_skeleton) WHERE name_skeleton IS NOT NULL;
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
-- The search indexes over the words.
CREATE INDEX endorsement_search_other ON endorsement
    USING gin (array_to_tsvector(string_to_array(other_words, ' '))) WHERE other_words <> '';
CREATE INDEX endorsement_search_shown ON endorsement
    USING gin (array_to_tsvector(string_to_array(shown_words, ' '))) WHERE shown_words <> '';

-- Replies that do not sign; their public ids share one id space with those of endorsements.
CREATE TABLE comment (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,
    act_id BIGINT NOT NULL UNIQUE REFERENCES act (id)
);

-- Every change of an endorsement's state, from the first one on.
CREATE TABLE history (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endorsement_id BIGINT NOT NULL REFERENCES endorsement (id),
    at BIGINT NOT NULL,
    was TEXT COLLATE "C",
    now TEXT COLLATE "C" NOT NULL,
    act_id BIGINT,
    revision BIGINT NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    audit_id BIGINT,
    -- How many changes are left out before this one: of a day the first and the last ten are kept.
    left_out BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX history_endorsement ON history (endorsement_id, id);

-- What administrators did. Triggers keep the rows as they are: only `undone_by`, the entry that took one back, is set
-- once. Reasons can be erased, hence the table of their own. A bulk act has no target: `audit_target` lists them.
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    target TEXT COLLATE "C",
    -- How many it was done to, where `audit_target` does not list them.
    count BIGINT,
    undone_by BIGINT
);
CREATE INDEX audit_by_target ON audit (target) WHERE target IS NOT NULL;
-- What the public is told about decisions: how many, by their reasons.
CREATE INDEX audit_invalidated ON audit (code, id) WHERE action = 'endorsement.invalidate';
CREATE TABLE audit_note (
    audit_id BIGINT PRIMARY KEY REFERENCES audit (id),
    reason TEXT COLLATE "C" NOT NULL
);

-- What an entry of the audit was about: public ids, domains, numbers. `undo` is what taking it back needs, as JSON. It may
-- hold names, so it is erased with them; nothing else ever changes.
CREATE TABLE audit_target (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    audit_id BIGINT NOT NULL REFERENCES audit (id),
    target TEXT COLLATE "C" NOT NULL,
    undo TEXT COLLATE "C"
);
CREATE INDEX audit_target_audit ON audit_target (audit_id, id);
CREATE INDEX audit_target_target ON audit_target (target);

CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit' THEN
        IF to_jsonb(OLD) - 'undone_by' = to_jsonb(NEW) - 'undone_by'
           AND to_jsonb(OLD) -> 'undone_by' = 'null' AND to_jsonb(NEW) -> 'undone_by' <> 'null' THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF to_jsonb(OLD) - 'undo' = to_jsonb(NEW) - 'undo' AND to_jsonb(NEW) -> 'undo' = 'null' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit cannot be changed';
END
$$;
CREATE TRIGGER audit_changed BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_deleted BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_replaced BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_target_changed BEFORE UPDATE ON audit_target FOR EACH ROW EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_target_deleted BEFORE DELETE ON audit_target FOR EACH ROW EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_target_replaced BEFORE TRUNCATE ON audit_target FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();

-- Followers. The inbox stands on the actor, so that an Update of the actor cannot leave it stale.
CREATE TABLE follower (
    actor_id BIGINT PRIMARY KEY REFERENCES actor (id),
    -- The id of the newest Follow, which a Reject has to name.
    follow_id TEXT COLLATE "C",
    since BIGINT NOT NULL,
    -- Until when a blocked follower is kept without being sent anything.
    asleep_until BIGINT
);
-- The order of `follower list`.
CREATE INDEX follower_since ON follower (since, actor_id) WHERE asleep_until IS NULL;
CREATE INDEX follower_asleep ON follower (asleep_until) WHERE asleep_until IS NOT NULL;

-- Boosts, and quotes that do not sign.
CREATE TABLE reach (
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    kind TEXT COLLATE "C" NOT NULL,
    object_hash BYTEA NOT NULL,
    activity_hash BYTEA NOT NULL,
    -- The path of what was boosted or quoted: an edit of it is sent to this actor.
    target TEXT COLLATE "C" NOT NULL,
    UNIQUE (actor_id, kind, object_hash)
);

-- The authorizations of quotes (FEP-044f), and of collections that show the actor (FEP-7aa9), which their paths tell apart;
-- `object` is the post or the collection. Their documents are made from these rows. One that ends goes; but when a
-- moderator revoked it, its row stays with a salted hash of the post's id, so that the same post gets no other one.
CREATE TABLE quote_authorization (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    object_hash BYTEA,
    object TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX quote_authorization_granted ON quote_authorization (actor_id, object_hash, target)
    WHERE revoked_at IS NULL;
CREATE INDEX quote_authorization_withheld ON quote_authorization (object_hash)
    WHERE revoked_at IS NOT NULL AND object_hash IS NOT NULL;

-- What was received: requests, by their signatures, and activities, by their actors and ids. What arrives again does
-- nothing. Of an activity: when its Undo was signed, and whether that arrived before it.
CREATE TABLE seen (
    hash BYTEA PRIMARY KEY,
    at BIGINT NOT NULL,
    undone_at BIGINT,
    awaited BOOLEAN NOT NULL
);
CREATE INDEX seen_at ON seen (at);

-- Objects that were deleted or withdrawn. When the Delete was signed, which can be taken back: whether the author sent
-- the object again since. One that never came expires.
CREATE TABLE tombstone (
    object_hash BYTEA NOT NULL,
    actor_hash BYTEA NOT NULL,
    deleted_at BIGINT,
    claimed BOOLEAN NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (object_hash, actor_hash)
);
CREATE INDEX tombstone_expires ON tombstone (expires_at) WHERE expires_at IS NOT NULL;

-- Blocks and limits of domains and actors.
CREATE TABLE policy (
    target TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('domain', 'actor')),
    severity TEXT COLLATE "C" NOT NULL CHECK (severity IN ('block', 'limit', 'noop')),
    public_comment TEXT COLLATE "C",
    private_comment TEXT COLLATE "C",
    at BIGINT NOT NULL,
    -- What only lists of blocks know: kept so that a list comes out as it went in.
    reject_media BOOLEAN NOT NULL DEFAULT FALSE,
    reject_reports BOOLEAN NOT NULL DEFAULT FALSE,
    obfuscate BOOLEAN NOT NULL DEFAULT FALSE
);

-- Domains that moderators trust, each with everything below it: no surge limit, and allowed under
-- `moderation.default_policy = "allowlist"`.
CREATE TABLE trusted_domain (
    domain TEXT COLLATE "C" PRIMARY KEY,
    at BIGINT NOT NULL
);

-- Rules of the moderators. A removed one stays, so that no number is given twice.
CREATE TABLE word_rule (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pattern TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('text', 'name', 'both')),
    by TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    removed_at BIGINT
);

-- What came of each delivery to our inboxes: the last `log.journal_rows` of them.
CREATE TABLE journal (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C"
);

-- How many endorsements came in from each domain, by the minute, so that all processes count together and a restart
-- forgets nothing (`moderation.surge_…`). The empty domain stands for all domains together that have no
-- listed endorsement older than a week.
CREATE TABLE surge (
    domain TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (domain, at)
);

-- The letter and our posts.
CREATE TABLE own_object (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    -- The Markdown of a post. Null for the letter, whose texts are in `revision`, and for a deleted post.
    source TEXT COLLATE "C",
    published_at BIGINT NOT NULL,
    updated_at BIGINT,
    deleted_at BIGINT
);

-- Who is mentioned in a post, by the handle that stands in its text, in small letters. A handle that an edit took out
-- stays, because its server has a copy.
CREATE TABLE post_mention (
    own_object_id BIGINT NOT NULL REFERENCES own_object (id),
    handle TEXT COLLATE "C" NOT NULL,
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    PRIMARY KEY (own_object_id, handle)
);
CREATE INDEX post_mention_actor ON post_mention (actor_id);

-- Our activities. Bodies are stored byte for byte as they are sent. `subject` names what the activity is about: of two
-- about the same thing, the older one is sent first.
CREATE TABLE activity (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    public BOOLEAN NOT NULL,
    at BIGINT NOT NULL
);
-- Only the end of a subject: it is short whatever a remote id looks like, and tells nearly all of them apart.
CREATE INDEX activity_subject ON activity (substr(subject, length(subject) - 31));
-- The outbox. Beside a hundred thousand answers to people there are few of these.
CREATE INDEX activity_public ON activity (id) WHERE public;
-- What was sent to single people and is to be erased.
CREATE INDEX activity_to_erase ON activity (at) WHERE NOT public AND body <> '';

CREATE TABLE delivery (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    activity_id BIGINT NOT NULL REFERENCES activity (id),
    inbox_id BIGINT NOT NULL REFERENCES inbox (id),
    host_id BIGINT NOT NULL REFERENCES host (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'delivered', 'refused', 'abandoned')),
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    last_status BIGINT,
    last_body TEXT COLLATE "C",
    queued_at BIGINT NOT NULL,
    settled_at BIGINT,
    UNIQUE (activity_id, inbox_id)
);
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
-- `host.waiting`: without it, looking for hosts that are due would read all hosts that were ever served. One statement
-- for each that changes deliveries, planned anew (`EXECUTE`), because it may have changed one or 100,000. The scalar
-- query looks into the index host by host; `NOT EXISTS` could become a join with all that waits.
CREATE FUNCTION host_waiting_begins() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'UPDATE host SET waiting = TRUE
             WHERE NOT waiting AND id IN (SELECT host_id FROM added WHERE state = ''queued'')';
    RETURN NULL;
END $$;
CREATE FUNCTION host_waiting_ends() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'UPDATE host SET waiting = FALSE
             WHERE waiting
               AND id IN (SELECT host_id FROM removed WHERE state = ''queued'')
               AND (SELECT w.id FROM delivery AS w WHERE w.host_id = host.id AND w.state = ''queued'' LIMIT 1) IS NULL';
    RETURN NULL;
END $$;
CREATE TRIGGER host_waiting_added AFTER INSERT ON delivery
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION host_waiting_begins();
CREATE TRIGGER host_waiting_begins AFTER UPDATE ON delivery
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION host_waiting_begins();
CREATE TRIGGER host_waiting_ends AFTER UPDATE ON delivery
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION host_waiting_ends();
CREATE TRIGGER host_waiting_removed AFTER DELETE ON delivery
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION host_waiting_ends();

-- Retries of what needs the network. `key_hash` makes one row of two requests for the same thing.
CREATE TABLE job (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    key_hash BYTEA NOT NULL UNIQUE,
    payload TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_by TEXT COLLATE "C",
    leased_until BIGINT NOT NULL DEFAULT 0,
    -- The host whose activity caused the job; only so many may wait for one.
    ordered_by TEXT COLLATE "C",
    -- The registrable domain that the job asks, where that is limited or counted.
    domain TEXT COLLATE "C"
);
CREATE INDEX job_due ON job (due_at);
CREATE INDEX job_domain ON job (domain) WHERE domain IS NOT NULL;
CREATE INDEX job_ordered ON job (ordered_by) WHERE ordered_by IS NOT NULL;

-- Who holds leases of hosts and jobs, and until when it is believed to live, by the database's clock (PostgreSQL).
CREATE TABLE lease_holder (
    name TEXT COLLATE "C" PRIMARY KEY,
    alive_until BIGINT NOT NULL
);

-- The servers that run, which say so every five seconds.
CREATE TABLE server (
    name TEXT COLLATE "C" PRIMARY KEY,
    version TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    alive_at BIGINT NOT NULL
);

-- How much was fetched from each host on a day.
CREATE TABLE fetch_day (
    host TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (host, day)
);

-- The names in the letter's own list, and those that administrators entered. The texts of a removed one are empty.
CREATE TABLE signatory (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    skeleton TEXT COLLATE "C" NOT NULL,
    handle TEXT COLLATE "C",
    url TEXT COLLATE "C",
    affiliation TEXT COLLATE "C",
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('github', 'letter', 'manual')),
    position BIGINT NOT NULL,
    line BIGINT,
    revision BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('listed', 'hidden', 'withdrawn', 'removed')),
    listed_at BIGINT NOT NULL,
    gone_at BIGINT,
    -- As the `shown_words` of an endorsement: empty unless it is listed.
    shown_words TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- How a name by hand came in, and where its proof is: never public.
    collected TEXT COLLATE "C" CHECK (collected IN ('email', 'paper', 'other')),
    reference TEXT COLLATE "C",
    -- Salted hashes of name and handle, by which a hidden or removed name is known when the file has it again.
    name_hash BYTEA,
    handle_hash BYTEA
);
CREATE INDEX signatory_skeleton ON signatory USING hash (skeleton);
CREATE INDEX signatory_handle ON signatory USING hash (lower(handle));
CREATE INDEX signatory_listed ON signatory (listed_at DESC, position, id) WHERE state = 'listed';
CREATE INDEX signatory_by_name ON signatory (shown_words, id) WHERE state = 'listed';
CREATE INDEX signatory_in_file ON signatory (position, id) WHERE state = 'listed' AND source <> 'manual';

-- What looks at the profiles of listed endorsers found, where a profile links to something that may be the same
-- person's or organisation's. One row for each endorser: an entry is merged with one other at most.
CREATE TABLE link (
    endorsement_id BIGINT PRIMARY KEY REFERENCES endorsement (id) ON DELETE CASCADE,
    -- 'linked': both sides link each other; 'claimed': only the profile links; 'removed': an administrator took the link
    -- away, and no look brings it back.
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('linked', 'claimed', 'removed')),
    -- The GitHub account: its name as GitHub writes it, and its number, which stays when it is renamed.
    github TEXT COLLATE "C",
    github_id BIGINT,
    -- Of an organisation: the host of its website.
    domain TEXT COLLATE "C",
    -- The other entry of the same person: a name of the letter's list, or the endorsement of another account.
    signatory_id BIGINT UNIQUE REFERENCES signatory (id) ON DELETE SET NULL,
    other_id BIGINT UNIQUE REFERENCES endorsement (id) ON DELETE SET NULL,
    looked_at BIGINT NOT NULL,
    -- When a look first read both sides of what is linked, and missed one.
    missed_at BIGINT
);

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
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host TEXT COLLATE "C" NOT NULL,
    targets TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    text TEXT COLLATE "C",
    at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    UNIQUE (host, targets)
);
CREATE INDEX report_at ON report (at);

-- The steps of the goal that were ever reached, announced or not.
CREATE TABLE milestone (
    step BIGINT PRIMARY KEY
);

-- Numbers that are kept, not counted: the triggers below change them in the transaction that changes what they count,
-- whoever writes it. Besides them only `check --repair` writes here. None falls below 0, and a wrong one refuses no
-- change, because leaving has to work: `check` finds it.

-- Endorsements by everything that readers tell apart. What nobody is left of stays, with 0.
CREATE TABLE endorsement_count (
    state TEXT COLLATE "C" NOT NULL CHECK (state IN
        ('listed', 'counted', 'pending', 'hidden', 'rejected', 'withdrawn', 'late', 'invalid')),
    organisation BOOLEAN NOT NULL,
    -- Whether it is a like or a reaction.
    liked BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    statement_waits BOOLEAN NOT NULL,
    name_waits BOOLEAN NOT NULL,
    n BIGINT NOT NULL CHECK (n >= 0),
    PRIMARY KEY (state, organisation, liked, revision, statement_waits, name_waits)
);

-- Accounts of persons that count, by the day since 1970 (UTC) of their endorsement, and those on the list by their hosts:
-- of who asked not to be named not even the server is told.
CREATE TABLE day_count (
    day BIGINT NOT NULL,
    liked BOOLEAN NOT NULL,
    n BIGINT NOT NULL CHECK (n >= 0),
    PRIMARY KEY (day, liked)
);
CREATE TABLE host_count (
    host_id BIGINT PRIMARY KEY,
    n BIGINT NOT NULL CHECK (n >= 0)
);
CREATE INDEX host_count_most ON host_count (n);

-- Listed signatories.
CREATE TABLE signatory_count (
    source TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    n BIGINT NOT NULL CHECK (n >= 0),
    PRIMARY KEY (source, revision)
);

-- Persons with two linked entries, which are one supporter. `fediverse`: both are accounts there; `shown`: both are on
-- the public list, in one line. They are few: whatever changes one of them counts all of them anew.
CREATE TABLE linked_count (
    liked BOOLEAN NOT NULL,
    fediverse BOOLEAN NOT NULL,
    shown BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    other_revision BIGINT NOT NULL,
    n BIGINT NOT NULL CHECK (n >= 0),
    PRIMARY KEY (liked, fediverse, shown, revision, other_revision)
);

-- Single numbers: followers who are not asleep, boosts, those of the letter, accounts that quote (an account that quotes
-- ten times is one), the size of all signed requests, and settled deliveries by their states. Those that wait are not
-- here: a publication writes 100,000 at once, and they have an index of their own.
CREATE TABLE total (
    name TEXT COLLATE "C" PRIMARY KEY CHECK (name IN
        ('followers', 'boosts', 'letter_boosts', 'quoting', 'evidence_bytes', 'delivered', 'refused', 'abandoned')),
    n BIGINT NOT NULL DEFAULT 0 CHECK (n >= 0)
);
INSERT INTO total (name) VALUES
    ('followers'), ('boosts'), ('letter_boosts'), ('quoting'), ('evidence_bytes'), ('delivered'), ('refused'),
    ('abandoned');

-- A statement that changes 100,000 rows changes each number once: the triggers read all rows that it changed together.
CREATE FUNCTION count_endorsements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE endorsement_count AS kept
        SET n = GREATEST(0, kept.n - gone.n)
        FROM (SELECT state, organisation, kind IN ('like', 'reaction') AS liked, revision,
                     statement_state IS NOT DISTINCT FROM 'pending'
                     OR declared_state IS NOT DISTINCT FROM 'pending' AS statement_waits,
                     name_state = 'pending' AND name IS NOT NULL AND edited_name IS NULL AS name_waits, COUNT(*) AS n
              FROM old_rows
              GROUP BY 1, 2, 3, 4, 5, 6) AS gone
        WHERE (kept.state, kept.organisation, kept.liked, kept.revision, kept.statement_waits, kept.name_waits)
              = (gone.state, gone.organisation, gone.liked, gone.revision, gone.statement_waits, gone.name_waits);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO endorsement_count AS kept
               (state, organisation, liked, revision, statement_waits, name_waits, n)
        SELECT state, organisation, kind IN ('like', 'reaction'), revision,
               statement_state IS NOT DISTINCT FROM 'pending' OR declared_state IS NOT DISTINCT FROM 'pending',
               name_state = 'pending' AND name IS NOT NULL AND edited_name IS NULL, COUNT(*)
        FROM new_rows
        GROUP BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (state, organisation, liked, revision, statement_waits, name_waits) DO UPDATE
        SET n = kept.n + excluded.n;
    END IF;
    RETURN NULL;
END
$$;

-- The same by day, of persons that count, and by host, of those on the list.
CREATE FUNCTION count_spread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE day_count AS kept
        SET n = GREATEST(0, kept.n - gone.n)
        FROM (SELECT endorsed_at / 86400000 AS day, kind IN ('like', 'reaction') AS liked, COUNT(*) AS n
              FROM old_rows
              WHERE state IN ('listed', 'counted') AND NOT organisation
              GROUP BY 1, 2) AS gone
        WHERE (kept.day, kept.liked) = (gone.day, gone.liked);
        UPDATE host_count AS kept
        SET n = GREATEST(0, kept.n - gone.n)
        FROM (SELECT actor.host_id, COUNT(*) AS n
              FROM old_rows
              JOIN actor ON actor.id = old_rows.actor_id
              WHERE old_rows.state = 'listed' AND NOT old_rows.organisation
              GROUP BY 1) AS gone
        WHERE kept.host_id = gone.host_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO day_count AS kept (day, liked, n)
        SELECT endorsed_at / 86400000, kind IN ('like', 'reaction'), COUNT(*)
        FROM new_rows
        WHERE state IN ('listed', 'counted') AND NOT organisation
        GROUP BY 1, 2
        ON CONFLICT (day, liked) DO UPDATE
        SET n = kept.n + excluded.n;
        INSERT INTO host_count AS kept (host_id, n)
        SELECT actor.host_id, COUNT(*)
        FROM new_rows
        JOIN actor ON actor.id = new_rows.actor_id
        WHERE new_rows.state = 'listed' AND NOT new_rows.organisation
        GROUP BY 1
        ON CONFLICT (host_id) DO UPDATE
        SET n = kept.n + excluded.n;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_signatories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE signatory_count AS kept
        SET n = GREATEST(0, kept.n - gone.n)
        FROM (SELECT source, revision, COUNT(*) AS n
              FROM old_rows
              WHERE state = 'listed'
              GROUP BY 1, 2) AS gone
        WHERE (kept.source, kept.revision) = (gone.source, gone.revision);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO signatory_count AS kept (source, revision, n)
        SELECT source, revision, COUNT(*)
        FROM new_rows
        WHERE state = 'listed'
        GROUP BY 1, 2
        ON CONFLICT (source, revision) DO UPDATE
        SET n = kept.n + excluded.n;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM linked_count;
    INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
    SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_linked_endorsements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH changed AS (
            SELECT new_rows.id
            FROM new_rows
            JOIN old_rows ON old_rows.id = new_rows.id
            WHERE (old_rows.state, old_rows.organisation, old_rows.kind, old_rows.revision)
                  IS DISTINCT FROM (new_rows.state, new_rows.organisation, new_rows.kind, new_rows.revision)
        )
        SELECT 1 FROM changed JOIN link ON link.endorsement_id = changed.id
        UNION ALL
        SELECT 1 FROM changed JOIN link ON link.other_id = changed.id
    ) THEN
        DELETE FROM linked_count;
        INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
        SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_linked_signatories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM new_rows
        JOIN old_rows ON old_rows.id = new_rows.id
        JOIN link ON link.signatory_id = new_rows.id
        WHERE (old_rows.state, old_rows.revision) IS DISTINCT FROM (new_rows.state, new_rows.revision)
    ) THEN
        DELETE FROM linked_count;
        INSERT INTO linked_count (liked, fediverse, shown, revision, other_revision, n)
        SELECT liked, fediverse, shown, revision, other_revision, COUNT(*) FROM linked_pair GROUP BY 1, 2, 3, 4, 5;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_followers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    difference BIGINT := 0;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        difference := difference - (SELECT COUNT(*) FROM old_rows WHERE asleep_until IS NULL);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        difference := difference + (SELECT COUNT(*) FROM new_rows WHERE asleep_until IS NULL);
    END IF;
    UPDATE total SET n = GREATEST(0, n + difference) WHERE name = 'followers' AND difference <> 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_reach() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    boosts BIGINT := 0;
    letter_boosts BIGINT := 0;
    -- The accounts of the quotes, each as often as it has one.
    came BIGINT[] := '{}';
    went BIGINT[] := '{}';
    quoting BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT boosts - COUNT(*), letter_boosts - COUNT(*) FILTER (WHERE target = '/letter')
        INTO boosts, letter_boosts
        FROM old_rows
        WHERE kind = 'boost';
        went := ARRAY(SELECT actor_id FROM old_rows WHERE kind = 'quote');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT boosts + COUNT(*), letter_boosts + COUNT(*) FILTER (WHERE target = '/letter')
        INTO boosts, letter_boosts
        FROM new_rows
        WHERE kind = 'boost';
        came := ARRAY(SELECT actor_id FROM new_rows WHERE kind = 'quote');
    END IF;
    -- An account counts while it has any quote: whether it has one now, less whether it had one before.
    SELECT COALESCE(SUM((account.now > 0)::INTEGER - (account.now - account.difference > 0)::INTEGER), 0)
    INTO quoting
    FROM (SELECT SUM(quote.difference) AS difference,
                 (SELECT COUNT(*) FROM reach WHERE reach.actor_id = quote.actor_id AND reach.kind = 'quote') AS now
          FROM (SELECT unnest(came) AS actor_id, 1 AS difference
                UNION ALL
                SELECT unnest(went), -1) AS quote
          GROUP BY quote.actor_id) AS account;
    UPDATE total
    SET n = GREATEST(0, n + CASE name WHEN 'boosts' THEN boosts WHEN 'quoting' THEN quoting ELSE letter_boosts END)
    WHERE (name = 'boosts' AND boosts <> 0)
       OR (name = 'letter_boosts' AND letter_boosts <> 0)
       OR (name = 'quoting' AND quoting <> 0);
    RETURN NULL;
END
$$;

CREATE FUNCTION count_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    difference BIGINT := 0;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        difference := difference - (SELECT COALESCE(SUM(bytes), 0) FROM old_rows);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        difference := difference + (SELECT COALESCE(SUM(bytes), 0) FROM new_rows);
    END IF;
    UPDATE total SET n = GREATEST(0, n + difference) WHERE name = 'evidence_bytes' AND difference <> 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE total
        SET n = GREATEST(0, total.n - gone.n)
        FROM (SELECT state, COUNT(*) AS n FROM old_rows WHERE state <> 'queued' GROUP BY state) AS gone
        WHERE total.name = gone.state;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE total
        SET n = total.n + came.n
        FROM (SELECT state, COUNT(*) AS n FROM new_rows WHERE state <> 'queued' GROUP BY state) AS came
        WHERE total.name = came.state;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER endorsement_added AFTER INSERT ON endorsement
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_endorsements();
CREATE TRIGGER endorsement_changed AFTER UPDATE ON endorsement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_endorsements();
CREATE TRIGGER endorsement_removed AFTER DELETE ON endorsement
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_endorsements();

CREATE TRIGGER endorsement_spread_added AFTER INSERT ON endorsement
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_spread();
CREATE TRIGGER endorsement_spread_changed AFTER UPDATE ON endorsement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_spread();
CREATE TRIGGER endorsement_spread_removed AFTER DELETE ON endorsement
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_spread();

CREATE TRIGGER signatory_added AFTER INSERT ON signatory
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_signatories();
CREATE TRIGGER signatory_changed AFTER UPDATE ON signatory
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_signatories();
CREATE TRIGGER signatory_removed AFTER DELETE ON signatory
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_signatories();

CREATE TRIGGER endorsement_linked AFTER UPDATE ON endorsement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_linked_endorsements();
CREATE TRIGGER signatory_linked AFTER UPDATE ON signatory
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_linked_signatories();
CREATE TRIGGER link_added AFTER INSERT ON link FOR EACH STATEMENT EXECUTE FUNCTION count_linked();
CREATE TRIGGER link_changed AFTER UPDATE ON link FOR EACH STATEMENT EXECUTE FUNCTION count_linked();
CREATE TRIGGER link_removed AFTER DELETE ON link FOR EACH STATEMENT EXECUTE FUNCTION count_linked();

CREATE TRIGGER follower_added AFTER INSERT ON follower
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_followers();
CREATE TRIGGER follower_changed AFTER UPDATE ON follower
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_followers();
CREATE TRIGGER follower_removed AFTER DELETE ON follower
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_followers();

CREATE TRIGGER reach_added AFTER INSERT ON reach
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_reach();
CREATE TRIGGER reach_changed AFTER UPDATE ON reach
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_reach();
CREATE TRIGGER reach_removed AFTER DELETE ON reach
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_reach();

CREATE TRIGGER evidence_added AFTER INSERT ON evidence
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_evidence();
CREATE TRIGGER evidence_changed AFTER UPDATE ON evidence
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_evidence();
CREATE TRIGGER evidence_removed AFTER DELETE ON evidence
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_evidence();

CREATE TRIGGER delivery_added AFTER INSERT ON delivery
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
CREATE TRIGGER delivery_changed AFTER UPDATE ON delivery
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
CREATE TRIGGER delivery_removed AFTER DELETE ON delivery
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
