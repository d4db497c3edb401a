-- The register: everything the program knows. The folder `sqlite` holds the same tables with the
-- same columns; a test compares them. *_hash columns are SHA-256 (32 bytes): no index lies over
-- remote text, because ids may be 2,048 bytes long (F-226) and PostgreSQL refuses index rows above 2,704.
-- Times are milliseconds since 1970 (UTC).

-- Who we are. Written with the first publication; `serve` compares it with the configuration.
CREATE TABLE identity (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    base_url TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    published_at BIGINT
);

-- Our private keys, newest last; `actor` is 'letter' or 'instance'.
CREATE TABLE own_key (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor TEXT COLLATE "C" NOT NULL CHECK (actor IN ('letter', 'instance')),
    pkcs8 BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

CREATE TABLE setting (key TEXT COLLATE "C" PRIMARY KEY, value TEXT COLLATE "C" NOT NULL);

-- What changed, for servers that watch: bumped in the last statement of each transaction, in name order.
CREATE TABLE change (topic TEXT COLLATE "C" PRIMARY KEY, version BIGINT NOT NULL);

-- The states of the letter's text. The digest is not unique: a text may return.
CREATE TABLE revision (
    number BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('first', 'typo', 'substantive')),
    title TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    by TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL
);

-- Remote servers, with everything that a retry needs to know.
CREATE TABLE host (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    authority TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    domain TEXT COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL DEFAULT 0,
    leased_by TEXT COLLATE "C",
    leased_until BIGINT NOT NULL DEFAULT 0,
    unavailable_since BIGINT,
    last_success_at BIGINT,
    last_inbound_at BIGINT,
    first_seen_at BIGINT NOT NULL,
    trusted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX host_domain ON host (domain);

CREATE TABLE inbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url TEXT COLLATE "C" NOT NULL,
    url_hash BYTEA NOT NULL UNIQUE,
    host_id BIGINT NOT NULL REFERENCES host (id)
);

-- Remote actors. `answered_at`: the one direct answer that a private reply gets, ever.
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
    moved_to TEXT COLLATE "C",
    first_seen_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX actor_host ON actor (host_id);

CREATE TABLE actor_key (
    key_id_hash BYTEA PRIMARY KEY,
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    key_id TEXT COLLATE "C" NOT NULL,
    pem TEXT COLLATE "C" NOT NULL,
    fetched_at BIGINT NOT NULL
);
CREATE INDEX actor_key_actor ON actor_key (actor_id);

-- What actors did. An act stands while `ended_at` is null; `outcome` is the state that it would give.
-- `family` is in the key in place of `kind`, because an edit can make a comment of a reply.
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
    ceiling TEXT COLLATE "C" NOT NULL CHECK (ceiling IN ('named', 'counted')),
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('listed', 'counted', 'pending', 'late', 'comment')),
    waits_for TEXT COLLATE "C",
    revision BIGINT NOT NULL,
    text TEXT COLLATE "C",
    warning TEXT COLLATE "C",
    at BIGINT NOT NULL,
    edited_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT COLLATE "C",
    acknowledged TEXT COLLATE "C",
    UNIQUE (actor_id, family, object_hash)
);
CREATE INDEX act_object ON act (object_hash);
CREATE INDEX act_activity ON act (activity_hash);
CREATE INDEX act_ended ON act (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX act_comment ON act (at) WHERE kind = 'comment';

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
    received_at BIGINT NOT NULL
);

CREATE TABLE supporter (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- One row for each actor that ever endorsed, derived from the acts that stand.
CREATE TABLE endorsement (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,
    actor_id BIGINT NOT NULL UNIQUE REFERENCES actor (id),
    supporter_id BIGINT REFERENCES supporter (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN
        ('listed', 'counted', 'pending', 'hidden', 'rejected', 'withdrawn', 'late', 'invalid')),
    held_by TEXT COLLATE "C",
    decision TEXT COLLATE "C" CHECK (decision IN ('rejected', 'withdrawn')),
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
    waits_for TEXT COLLATE "C",
    by TEXT COLLATE "C" NOT NULL CHECK (by IN ('endorser', 'moderator')),
    endorsed_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    reason TEXT COLLATE "C"
);
CREATE INDEX endorsement_state ON endorsement (state, endorsed_at, id);
-- Names come from elsewhere and may be long: unlike a tree, a hash index takes a text of any length.
CREATE INDEX endorsement_skeleton ON endorsement USING hash (name_skeleton) WHERE name_skeleton IS NOT NULL;

-- Replies that do not sign: a row of its own in the id space of endorsements.
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
    audit_id BIGINT
);
CREATE INDEX history_endorsement ON history (endorsement_id, id);

-- What administrators did. Rows never change, but for `undone_by`; reasons can be erased, hence apart.
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    target TEXT COLLATE "C" NOT NULL,
    undone_by BIGINT
);
CREATE INDEX audit_target ON audit (target);
CREATE TABLE audit_note (audit_id BIGINT PRIMARY KEY REFERENCES audit (id), reason TEXT COLLATE "C" NOT NULL);

-- No inbox here: an Update of the actor must not leave it stale.
CREATE TABLE follower (
    actor_id BIGINT PRIMARY KEY REFERENCES actor (id),
    follow_hash BYTEA,
    since BIGINT NOT NULL,
    asleep_until BIGINT
);

CREATE TABLE reach (
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    kind TEXT COLLATE "C" NOT NULL,
    object_hash BYTEA NOT NULL,
    activity_hash BYTEA NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (actor_id, kind, object_hash)
);

-- Activity ids that were taken (F-224), what arrived early (F-222), objects that are gone for ever (F-202).
CREATE TABLE seen (id_hash BYTEA PRIMARY KEY, actor_hash BYTEA NOT NULL, at BIGINT NOT NULL);
CREATE INDEX seen_at ON seen (at);
CREATE TABLE early (
    actor_hash BYTEA NOT NULL,
    target_hash BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (actor_hash, target_hash, kind)
);
CREATE TABLE tombstone (object_hash BYTEA PRIMARY KEY, actor_hash BYTEA NOT NULL, at BIGINT NOT NULL);

CREATE TABLE policy (
    target TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('domain', 'actor')),
    severity TEXT COLLATE "C" NOT NULL CHECK (severity IN ('block', 'limit')),
    public_comment TEXT COLLATE "C",
    private_comment TEXT COLLATE "C",
    at BIGINT NOT NULL
);
CREATE TABLE rule (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pattern TEXT COLLATE "C" NOT NULL, action TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL);
CREATE TABLE journal (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C"
);

-- What we publish, and the activities about it. Bodies are stored byte for byte as they will be signed.
CREATE TABLE own_object (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    updated_at BIGINT,
    deleted_at BIGINT
);
-- `subject` names what the activity is about; of two about the same one, the older goes first (F-169).
CREATE TABLE activity (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    public BOOLEAN NOT NULL,
    at BIGINT NOT NULL
);
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

-- A durable retry for what needs the network. `key_hash` makes a second request for the same thing one row.
CREATE TABLE job (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    key_hash BYTEA NOT NULL UNIQUE,
    payload TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_by TEXT COLLATE "C",
    leased_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C"
);
CREATE INDEX job_due ON job (due_at);

CREATE TABLE signatory (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    skeleton TEXT COLLATE "C" NOT NULL,
    handle TEXT COLLATE "C",
    url TEXT COLLATE "C",
    affiliation TEXT COLLATE "C",
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('github', 'manual')),
    position BIGINT NOT NULL,
    line BIGINT,
    revision BIGINT NOT NULL,
    supporter_id BIGINT REFERENCES supporter (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('listed', 'hidden', 'withdrawn')),
    listed_at BIGINT NOT NULL,
    gone_at BIGINT,
    ref TEXT COLLATE "C"
);
CREATE INDEX signatory_skeleton ON signatory USING hash (skeleton);
CREATE TABLE link (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    signatory_id BIGINT NOT NULL REFERENCES signatory (id),
    actor_id BIGINT NOT NULL REFERENCES actor (id),
    how TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    checked_at BIGINT,
    UNIQUE (signatory_id, actor_id)
);
CREATE TABLE suppressed (hash BYTEA PRIMARY KEY, at BIGINT NOT NULL);
CREATE TABLE report (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    text TEXT COLLATE "C",
    at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    UNIQUE (host, target)
);
CREATE TABLE milestone (
    step BIGINT PRIMARY KEY,
    reached_at BIGINT NOT NULL,
    own_object_id BIGINT REFERENCES own_object (id)
);
CREATE TABLE day (
    date TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (date, source, revision)
);
