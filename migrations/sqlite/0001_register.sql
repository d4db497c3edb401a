-- The register: everything the program knows. The folder `postgres` holds the same tables with the
-- same columns; a test compares them. *_hash columns are SHA-256 (32 bytes): no index lies over
-- remote text, because ids may be 2,048 bytes long (F-226) and PostgreSQL refuses index rows above 2,704.
-- Times are milliseconds since 1970 (UTC).

-- Who we are. Written with the first publication; `serve` compares it with the configuration.
CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    base_url TEXT NOT NULL,
    username TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    published_at INTEGER
) STRICT;

-- Our private keys, newest last; `actor` is 'letter' or 'instance'.
CREATE TABLE own_key (
    id INTEGER PRIMARY KEY,
    actor TEXT NOT NULL CHECK (actor IN ('letter', 'instance')),
    pkcs8 BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- What changed, for servers that watch: bumped in the last statement of each transaction, in name order.
CREATE TABLE change (topic TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;

-- The states of the letter's text. The digest is not unique: a text may return.
CREATE TABLE revision (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('first', 'typo', 'substantive')),
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    source TEXT NOT NULL,
    note TEXT,
    by TEXT NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;

-- Remote servers, with everything that a retry needs to know.
CREATE TABLE host (
    id INTEGER PRIMARY KEY,
    authority TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    domain TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL DEFAULT 0,
    leased_by TEXT,
    leased_until INTEGER NOT NULL DEFAULT 0,
    unavailable_since INTEGER,
    last_success_at INTEGER,
    last_inbound_at INTEGER,
    first_seen_at INTEGER NOT NULL,
    trusted INTEGER NOT NULL DEFAULT 0 CHECK (trusted IN (0, 1))
) STRICT;
CREATE INDEX host_domain ON host (domain);

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    url_hash BLOB NOT NULL UNIQUE,
    host_id INTEGER NOT NULL REFERENCES host (id)
) STRICT;

-- Remote actors. `answered_at`: the one direct answer that a private reply gets, ever.
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
    moved_to TEXT,
    first_seen_at INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
CREATE INDEX actor_host ON actor (host_id);

CREATE TABLE actor_key (
    key_id_hash BLOB PRIMARY KEY,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    key_id TEXT NOT NULL,
    pem TEXT NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX actor_key_actor ON actor_key (actor_id);

-- What actors did. An act stands while `ended_at` is null; `outcome` is the state that it would give.
-- `family` is in the key in place of `kind`, because an edit can make a comment of a reply.
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
    ceiling TEXT NOT NULL CHECK (ceiling IN ('named', 'counted')),
    outcome TEXT NOT NULL CHECK (outcome IN ('listed', 'counted', 'pending', 'late', 'comment')),
    waits_for TEXT,
    revision INTEGER NOT NULL,
    text TEXT,
    warning TEXT,
    at INTEGER NOT NULL,
    edited_at INTEGER,
    ended_at INTEGER,
    ended_by TEXT,
    acknowledged TEXT,
    UNIQUE (actor_id, family, object_hash)
) STRICT;
CREATE INDEX act_object ON act (object_hash);
CREATE INDEX act_activity ON act (activity_hash);
CREATE INDEX act_ended ON act (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX act_comment ON act (at) WHERE kind = 'comment';

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
    received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE supporter (id INTEGER PRIMARY KEY) STRICT;

-- One row for each actor that ever endorsed, derived from the acts that stand.
CREATE TABLE endorsement (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    actor_id INTEGER NOT NULL UNIQUE REFERENCES actor (id),
    supporter_id INTEGER REFERENCES supporter (id),
    state TEXT NOT NULL CHECK (state IN
        ('listed', 'counted', 'pending', 'hidden', 'rejected', 'withdrawn', 'late', 'invalid')),
    held_by TEXT,
    decision TEXT CHECK (decision IN ('rejected', 'withdrawn')),
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
    waits_for TEXT,
    by TEXT NOT NULL CHECK (by IN ('endorser', 'moderator')),
    endorsed_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX endorsement_state ON endorsement (state, endorsed_at, id);
CREATE INDEX endorsement_skeleton ON endorsement (name_skeleton) WHERE name_skeleton IS NOT NULL;

-- Replies that do not sign: a row of its own in the id space of endorsements.
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
    audit_id INTEGER
) STRICT;
CREATE INDEX history_endorsement ON history (endorsement_id, id);

-- What administrators did. Rows never change, but for `undone_by`; reasons can be erased, hence apart.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    code TEXT,
    target TEXT NOT NULL,
    undone_by INTEGER
) STRICT;
CREATE INDEX audit_target ON audit (target);
CREATE TABLE audit_note (audit_id INTEGER PRIMARY KEY REFERENCES audit (id), reason TEXT NOT NULL) STRICT;

-- No inbox here: an Update of the actor must not leave it stale.
CREATE TABLE follower (
    actor_id INTEGER PRIMARY KEY REFERENCES actor (id),
    follow_hash BLOB,
    since INTEGER NOT NULL,
    asleep_until INTEGER
) STRICT;

CREATE TABLE reach (
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    kind TEXT NOT NULL,
    object_hash BLOB NOT NULL,
    activity_hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (actor_id, kind, object_hash)
) STRICT;

-- Activity ids that were taken (F-224), what arrived early (F-222), objects that are gone for ever (F-202).
CREATE TABLE seen (id_hash BLOB PRIMARY KEY, actor_hash BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX seen_at ON seen (at);
CREATE TABLE early (
    actor_hash BLOB NOT NULL,
    target_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (actor_hash, target_hash, kind)
) STRICT;
CREATE TABLE tombstone (object_hash BLOB PRIMARY KEY, actor_hash BLOB NOT NULL, at INTEGER NOT NULL) STRICT;

CREATE TABLE policy (
    target TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('domain', 'actor')),
    severity TEXT NOT NULL CHECK (severity IN ('block', 'limit')),
    public_comment TEXT,
    private_comment TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE TABLE rule (id INTEGER PRIMARY KEY, pattern TEXT NOT NULL, action TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    type TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT
) STRICT;

-- What we publish, and the activities about it. Bodies are stored byte for byte as they will be signed.
CREATE TABLE own_object (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    updated_at INTEGER,
    deleted_at INTEGER
) STRICT;
-- `subject` names what the activity is about; of two about the same one, the older goes first (F-169).
CREATE TABLE activity (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    at INTEGER NOT NULL
) STRICT;
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

-- A durable retry for what needs the network. `key_hash` makes a second request for the same thing one row.
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    leased_by TEXT,
    leased_until INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
) STRICT;
CREATE INDEX job_due ON job (due_at);

CREATE TABLE signatory (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    skeleton TEXT NOT NULL,
    handle TEXT,
    url TEXT,
    affiliation TEXT,
    source TEXT NOT NULL CHECK (source IN ('github', 'manual')),
    position INTEGER NOT NULL,
    line INTEGER,
    revision INTEGER NOT NULL,
    supporter_id INTEGER REFERENCES supporter (id),
    state TEXT NOT NULL CHECK (state IN ('listed', 'hidden', 'withdrawn')),
    listed_at INTEGER NOT NULL,
    gone_at INTEGER,
    ref TEXT
) STRICT;
CREATE INDEX signatory_skeleton ON signatory (skeleton);
CREATE TABLE link (
    id INTEGER PRIMARY KEY,
    signatory_id INTEGER NOT NULL REFERENCES signatory (id),
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    how TEXT NOT NULL,
    state TEXT NOT NULL,
    checked_at INTEGER,
    UNIQUE (signatory_id, actor_id)
) STRICT;
CREATE TABLE suppressed (hash BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    target TEXT NOT NULL,
    count INTEGER NOT NULL,
    text TEXT,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (host, target)
) STRICT;
CREATE TABLE milestone (
    step INTEGER PRIMARY KEY,
    reached_at INTEGER NOT NULL,
    own_object_id INTEGER REFERENCES own_object (id)
) STRICT;
CREATE TABLE day (
    date TEXT NOT NULL,
    source TEXT NOT NULL,
    revision INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (date, source, revision)
) STRICT;
