PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'schema','2026-12-01 05:25:41',1,X'ee7e26751c207fed7d7783c54beec60d14aa12da424fe3ec800c3edc2e9dbb606e86bf155193d33e3c4e815b31a1f4cb',30865938);
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
INSERT INTO identity VALUES(1,'https://letter.example','letter',1796102741523,NULL,NULL,NULL);
CREATE TABLE own_key (
    id INTEGER PRIMARY KEY,
    actor TEXT NOT NULL CHECK (actor IN ('letter', 'instance')),
    number INTEGER NOT NULL,
    pkcs8 BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    UNIQUE (actor, number)
) STRICT;
INSERT INTO own_key VALUES(1,'letter',1,X'308204be020100300d06092a864886f70d0101010500048204a8308204a40201000282010100ba18bd9e94f44ff99a4c5508fe99674c0f94fa088d75f3156edf69aa1a20784d41c73dbb554453e49d802f0e7ddbc5105431c79ed17b54f9ded202f14b39bd928166674be6fcb51c3ab9e9f62621aeb7d41e15424697e92adc41e140089be76ff50471bea3ed686e5b4d02688d1972a4604377405fae309bb08baf09f060deceba17e148877c2d3e6a20768c7661708894a7f7f95d19cd514fa9d28c7acc31f7c63e8648792b9f9b68ad8fd6ae99182a06dc68d141042b6db44fc68fedcbe91c81e71d066d030b7994581a950614ae40da39ede517b2f8eec16ffbfe2106d7419a303f3134e1781220ebed73bfdc2ed15251857e8c43c45d8997278fc43f6a3102030100010282010028e8aee86940b2c3013915f961f4898966247ef979d56bb032bd109e98db39eeebce9782b2aa105221906fe7bce19eb6a9f77e752a8234ea2fe2154d035728560835a170055158a3e1c2044d3cd12b36147e5f788009bd73535375278d2cee89c5402a9bf8afc404fc73979bb1a6de3585c6d6f473041901e4a3b4411853472f253133fe1acf66648a9fa412d9bee7e0565ea546b2bd6c7d239f4d4ae971230567d98c0e274340f70e6f60a8832dbe15dbf923834afd9fb161e2bb45b052802a8bba4785605490be39c1ff1714e282733e7e93d611b5568ad3546063a96f25ee3d7df87b3d0e50912cc8690716dc7914155ec2b930d835210386c3f3ae8c227502818100db2182fc6d02c3e49c8b808f3382cf7067f12ae90c061cdff88b1f994aaee72df2991d4050d0c78dd49baa803bfe5a0af59e59da618d27ac5c497b5365fc7997068279347b56f03805a13b12241029ed7cfaf338a836a57df462ce091b108f7d1cc53352d30622f9b1a6a82a5160fd70f5b2a493eccedb63577c2aedb80c22f502818100d9685d6e13e1b8120b981129d3649504099a18a98529540ee9d232d8a0993e5b9f778c8ca7817be89346a1251ad50a1e96274aa610f7b60938494cb7987860fd57e006cc2f579a40ec159bf22c62b7367c452ba03472c4164ed296fa73573f05c34e5ba9c1e2e8ace342579132098eee7a730c6f4af5d759bd41e821e73e3ccd028181009c559841c6f40615ffa9771ab3414c0581e2891ea2b969b85075d121682ac83bfbac49362d72062ca5d6391a2bb3174262618af1464f925261b4fb0b50e3834bc0152dabc7a30ad6ad0d8e3b2f07692249dc2fd1e810b498dbd5f1f08522977c471e59b369622369c8d881794f7dc6d2e437833b15e3ae997d3cd4d3ac4edc51028180380871041cf5b1165d8c9ce7d5c6f7ad29b860a0d8643578fe84a17c39b0256541ed72f911770af37f79d5b09580d0f1df2b534f07d28045520f7a495b6fb337b87d51e3305478ba40deb4e9aecce6819177d66d9cf6f358f889c845d69266f8da4488d570d645b7c17ee8c8d047ac620487406e32b8b7ff360b15841f70680502818100bdb0b42566b9e91cad6ebc22bc9a0b6144abe4ec562cff6af6cd391c33faad1adaa4c80cac0dfb501d43138ec082172dae66bfef6635c92217ddfcbb561a7d5ce758890bce713b08f64ee642b587f70edfc9994be78750ab91f938537c71253198acd0b0c4631b75dd52e922e8a5ccc2099c5197adedb09ee26b6a3630df0ebe',1796102741523,NULL);
INSERT INTO own_key VALUES(2,'instance',1,X'308204bd020100300d06092a864886f70d0101010500048204a7308204a30201000282010100910beaf8a7de973ca0e12b2d66c86e0c014e3b08e92ac81ed15b9927f6bfa294adc77cbf07ae8572af23a96d24030473ed509efc41ad067b3588ab38695fc2ed7934bac2f315e942a7743e1c1a7d3159e4dba5b31ae08fb0e7cbf70713b39a3600e2cfd24b54af0be5ebb9c044d93c09750f1e30df282043a791eb52dc9839fe875a47362c4a038567e17491d695dbbf6cb8a433aedb72a9bc263a598df3346c4fc1e760c027b9d1087fbc43fe0be0e637241ae91447f6eadc62bd33ef023ca15aa2d2d07a3453df3f73613838e6eacd7b2ed15d5bfc444a401b6a6e506f802a13930073ef23ed963f291a6ee9eec930f56025a3f8b7b76a92c97bf7c42b2529020301000102820100069fc5b65f6c41f9e9dafeaecf1fde2ebc2c8773abba61734eda610f3b2c9b4f30f48854ed13e2524f7f5070849182b58ca3feeec44d139bb2e12ff89e8f5a06a05f711c101ff30c313b94ce91c31feadc11cfea7312c85d2ae8dcba3d0319cad795842a3578839a068112759e6f51579939fc85fcdb07462fb3f14c5278bd4539e62fc8fde577f7c4dfd620f507d8777b0cc035827aced975fd332cbfb2fac1080c06c3ffeb1c0c4f056979b2084bed500d5948db29762dde5292e6cf0077dc5c644ce8df37d5bf10bfef100d1fb6b3b8d61d040719197ea8fed334627d332468eb5fbd88c0fb2e9343c612e528bb845d88be3221343ba3411cfaafdc04fd9102818100cbf451e37cf871611be9d2af191928bb23c3d04cc66ee69f924fc8bdb65efe8c5622b413b678e88d5a55fced66d3fbc8dad21cb02e0b574444822b403716a339b6c9190f269c2362d19a176c0f59aea574783435f8cc1acb011ea059d90e3399ea2cd176d45baa822e4be747f1418354a641d091ad3a8961a044c9586224a02d02818100b60f572849aa8965a84a837421eb6bff1bdc57db6338db642869a1c4a6ef17da1720333691d788b25a9f0e5c88d97859a9c1ab947787b13e0775b868bc5826f9f71a5cda08dd21c86ce87192537ba14df4efc334352919027f44471c7274678a1567274c6fd7eb87d6d7c843b0c6886595c26853c765289acd6088cf9023fa6d028180631e67b5b10464c596f539e8d2bfc165c169e68f8958584870a8c99c39474d5a127a671db56e69465902b51b03003ebb4c6d147822c86c2ec744a3945fb166be23b0f3b6c342da87a9e9c33c46f184c8f02382ec3fefa18dcb0b814e690857d7935118b3315d232e85256a4f32566e66f32dc5192720eda73e666f9bbe86a239028181008cd7233ac47a4c1e3b69a175d6c3b3e13fa15eca166126bfbdcfb1d85ab7be00f640efbd78677f95522b97c5980c7c6108c50d422691ef58a816b69937930e5bf3800e7291c6d7da9ffdd5d63804fd0d3cbdba8a09d20849f9404daec11032050d77a65c286da60488fc972d5e74c791a6a0256b2266ac59cd25afd0ba964aa50281802bc755afc290554b9e1a050347ee7552b91fe016168450e3d1561c8ff45249f5519c1f303efd4b15a3f2642fc8ce13050c69004e03357855a964434851132a353eb060516a38a09174256605f3baf908b1c2ed2b3e4e1e96d0bea1ad5908cb110955794b3a7b3d78c0c97560678a89df10c4752061e7ed26e908debc8a9614f0',1796102741523,NULL);
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO setting VALUES('salt','9ej1q5czpemern15jygccfnmac4729j5');
INSERT INTO setting VALUES('letter_said','open');
INSERT INTO setting VALUES('shown_by','likes discoverable, replies named');
INSERT INTO setting VALUES('actor_told','04b5cefd26bdde7ffee7d503 1796102742732');
INSERT INTO setting VALUES('goal_steps','signed 100,500,1000,5000,10000');
INSERT INTO setting VALUES('block_in_work','');
CREATE TABLE change (
    topic TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;
INSERT INTO change VALUES('identity',1);
INSERT INTO change VALUES('letter',1);
INSERT INTO change VALUES('queue',7);
INSERT INTO change VALUES('register',3);
INSERT INTO change VALUES('additions',6);
INSERT INTO change VALUES('policy',1);
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
INSERT INTO revision VALUES(1,'first',1,'Tell Microsoft to drop ICE as a client or lose us as Github users','1873b6529350737e517c3498e53ca8e9d1e3c50f7998831821799e258a69bbb5',replace('---\nlayout: default\n---\n\n**Tell Microsoft to drop ICE as a client or lose us as Github users**\n\nEarlier this year Microsoft [proudly announced](https://blogs.msdn.microsoft.com/azuregov/2018/01/24/federal-agencies-continue-to-advance-capabilities-with-azure-government/) that it was working with U.S. Immigration and Customs Enforcement (ICE) to "deliver such services as cloud-based identity and access" in order to "help employees make more informed decisions faster" and "utilize deep learning capabilities to *accelerate facial recognition and identification*." (Emphasis added.)\n\nAs members of the open source community and free software movement who embrace values of freedom, liberty, openness, sharing, mutual aid, and general human kindness, we are horrified by and strongly object to the Trump administration''s policies of detainment, denaturalization, deportation, and family separation as carried out by ICE.\n\nWith Microsoft''s acquisition of Github, many in the Github community were fearful of what new ownership from a company once openly hostile to open source would spell for the future of Github, and many of those people chose to leave the site rather than entrust Microsoft with their software. Those of us who remained, because we were willing to give Microsoft a chance to become a steward of the open source movement, will not however continue to do so should Microsoft continue to abet the trampling of human and civil rights by this administration and its law enforcement agencies.\n\nWe call on Microsoft to end is relationship with ICE and any federal agencies engaged in enforcing the cruel policies of this administration, which is destroying families and jailing asylum seekers, undocumented long-term residents, and even naturalized citizens under threat of deportation. Or, we will simply take our projects elsewhere.\n\nSigned,\n\n-  Daniel Sieradski [@selfagency](https://github.com/selfagency)\n-  Nicholas Sahler [@nicksahler](https://github.com/nicksahler)\n-  Gavin Morgan [@quavmo](https://github.com/quavmo)\n-  Abram Stern [@aphid](https://github.com/aphid)\n-  Jeremy Low [@jeremylow](https://github.com/jeremylow)\n-  Rick Waldron [@rwaldron](https://github.com/rwaldron)\n-  Jacob Beard [@jbeard4](https://github.com/jbeard4)\n-  Joshua Cook [@joshuacook](https://github.com/joshuacook)\n-  Lea Verou [@leaverou](https://github.com/leaverou)\n-  Tomas Lycken [@tlycken](https://github.com/tlycken) \n-  Tobi Schäfer [@p3k](https://github.com/p3k)\n-  Mijndert Stuij [@mijndert](https://github.com/mijndert) \n-  John Hann [@unscriptable](https://github.com/unscriptable)\n-  Thijs van der Vossen [@fingertips](https://github.com/Fingertips)\n-  Marc Hinse [@MadeMyDay](https://github.com/MadeMyDay)\n-  Thomas Fuchs [@madrobby](https://github.com/madrobby)\n-  Frank Bültge [@bueltge](https://github.com/bueltge)\n-  Laurie Voss [@seldo](https://github.com/seldo)\n-  Jamie Kyle [@jamiebuilds](https://github.com/jamiebuilds)\n-  Bernard Lin [@bernard-lin](https://github.com/bernard-lin)\n-  vøid [@makmm](https://github.com/makmm)','\n',char(10)),NULL,'serve',1796102742087,0);
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
CREATE TABLE picture (
    name TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
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
INSERT INTO host VALUES(1,'people.example','people.example','people.example',0,1796102743250,0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,1796102743250,1796102743250,202,NULL,'quick',0,0);
CREATE TABLE host_key (
    host_id INTEGER NOT NULL REFERENCES host (id),
    actor TEXT NOT NULL CHECK (actor IN ('letter', 'instance')),
    own_key_id INTEGER NOT NULL REFERENCES own_key (id),
    PRIMARY KEY (host_id, actor)
) STRICT;
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    url_hash BLOB NOT NULL UNIQUE,
    host_id INTEGER NOT NULL REFERENCES host (id),
    -- How often in a row the inbox was not found (404), and since when: then its owner's document is fetched again.
    missing INTEGER NOT NULL DEFAULT 0,
    missing_since INTEGER
) STRICT;
INSERT INTO inbox VALUES(1,'https://people.example/users/ada/inbox',X'a36e419305879102037b33c40da155e6a0ada01bb9e76f1afe6face34380814d',1,0,NULL);
INSERT INTO inbox VALUES(2,'https://people.example/users/bob/inbox',X'1a2cee1a64279cc548e726babe9afc5babb58bd8ab326b57f1800b7acc186b2c',1,0,NULL);
INSERT INTO inbox VALUES(3,'https://people.example/users/cleo/inbox',X'aa0b5b76c2d0ebedd17ae48f7d8e138d6a1cd664aefe4e111e66fd60dfaf1e94',1,0,NULL);
INSERT INTO inbox VALUES(4,'https://people.example/users/dan/inbox',X'3d6c46e854819a478f3a43074cfc085c5d6b3374705a076e704011c096f25d43',1,0,NULL);
INSERT INTO inbox VALUES(5,'https://people.example/users/eve/inbox',X'0b19fedc88cc068fdd1f56201f8812dccd9a0f97a8decc244f65238a97a30c60',1,0,NULL);
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
INSERT INTO actor VALUES(1,'https://people.example/users/ada',X'5ea05cf8c6a90c95e322ad0a7e27fd4b2917477a41723a973e17b57b986eebfe',1,'Person','@ada@people.example','Ada','https://people.example/@ada',1577836800000,1,0,1,NULL,'https://people.example/users/ada/followers',0,1796102742928,1796102742928,NULL,1796102742988,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO actor VALUES(2,'https://people.example/users/bob',X'cd1365f21babeb758544b3f5619947049cb301df656eca4c856adb2acd1adbaa',1,'Person','@bob@people.example','Bob','https://people.example/@bob',1577836800000,1,0,2,NULL,'https://people.example/users/bob/followers',0,1796102743040,1796102743040,NULL,1796102743046,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO actor VALUES(3,'https://people.example/users/cleo',X'2f420a5effee8765473040f9ae4dd98234c6f1c846bba14861365f2249102ddf',1,'Person','@cleo@people.example','Cleo','https://people.example/@cleo',1577836800000,1,0,3,NULL,'https://people.example/users/cleo/followers',0,1796102743091,1796102743091,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO actor VALUES(4,'https://people.example/users/dan',X'c86a0244049a9801bea247cb3827e64d52e9e528c7d5da04542b1b79e4c1ba8e',1,'Person','@dan@people.example','Dan','https://people.example/@dan',1577836800000,1,0,4,NULL,'https://people.example/users/dan/followers',0,1796102743138,1796102743138,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO actor VALUES(5,'https://people.example/users/eve',X'997f3db47901b1a9795d3ac04091c063968f57250823bc68668f14a4639f9403',1,'Person','@eve@people.example','Eve','https://people.example/@eve',1577836800000,1,0,5,NULL,'https://people.example/users/eve/followers',0,1796102743184,1796102743184,NULL,1796102743185,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0);
CREATE TABLE actor_key (
    key_id_hash BLOB PRIMARY KEY,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    key_id TEXT NOT NULL,
    pem TEXT NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT;
INSERT INTO actor_key VALUES(X'5dd2895f72028c65da797b2d81688f091cf57f9db9b3268b0556dcd553d114a1',1,'https://people.example/users/ada#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102742928);
INSERT INTO actor_key VALUES(X'da4d4164156ff8df7f2a6c03fe5cbd0576e6076e374b692820035888f10f1a98',2,'https://people.example/users/bob#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102743040);
INSERT INTO actor_key VALUES(X'e29d3164f834181444b67bd43fd91e829c610acebd942739d14146c2301b4e6e',3,'https://people.example/users/cleo#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102743091);
INSERT INTO actor_key VALUES(X'46cc89c22fd06e9e5acca40a41ff0416f1415f672eea826400af11127736f53b',4,'https://people.example/users/dan#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102743138);
INSERT INTO actor_key VALUES(X'a082210cd9a915da368b4b1c13f856bdc886234e0b595aeb702882228647591e',5,'https://people.example/users/eve#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102743184);
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
INSERT INTO act VALUES(1,1,'reply','post',X'bcc6376b3710670492095c8593bd222dfa41da119957d14fab3ab404a84f7549','https://people.example/notes/2',X'b755c2c4cf64dc4087d3643c3e8c54a75abfa5a5167c687c7fd07465274396a5','https://people.example/notes/2/activity','/letter','public','named','listed',NULL,NULL,1,'I sign, because it matters.',NULL,NULL,0,1796102742986,NULL,NULL,NULL,'/activities/77nwzybet0mz4aj4',NULL,NULL,0);
INSERT INTO act VALUES(2,2,'reply','post',X'a0d71d44efcdd6c370023601bd539641313a3374b663aee29b9b5072de6aff6f','https://people.example/notes/3',X'00450595e9c6306b93f8e475cabd56d56f6aad182ae0f90efb8880449b8b2443','https://people.example/notes/3/activity','/letter','public','named','listed',NULL,NULL,1,'I sign',NULL,NULL,0,1796102743029,NULL,NULL,NULL,'/activities/4xqav9hyhgx5wfpc',NULL,NULL,0);
INSERT INTO act VALUES(3,3,'like','like',X'5b7554ce2a07ce321ff7ee9f7b3faf0d5a3ce769811142b753648edbccc93cfe','/letter',X'6bae0e93718479b7a3f4a6301418ab39ef6f0f7ac53ef363d3a6d4991de28dab','https://people.example/likes/4','/letter','public','named','listed',NULL,NULL,1,NULL,NULL,NULL,0,1796102743085,NULL,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO act VALUES(4,4,'comment','post',X'057a69aa63a099303dba7a7abaecbb4bacc26fb61e54eb6d5afee2dcd9af092d','https://people.example/notes/5',X'3fa9c44f3449890287ccb3525a96151b7c0c581847aa1906f3765fa229dc34f2','https://people.example/notes/5/activity','/letter','public','counted','comment',NULL,NULL,1,'What about Codeberg?',NULL,NULL,0,1796102743127,NULL,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO act VALUES(5,5,'reply','post',X'693bd9a54a781b5baf3c58cfc293c49496484ad8842ad05f9f7b9ba7446de3af','https://people.example/notes/6',X'cd22aa94553b0af52d437aa8f19949113e803a6edad99512d350cc65a7f79590','https://people.example/notes/6/activity','/letter','public','named','listed',NULL,NULL,1,NULL,NULL,NULL,0,1796102743175,NULL,1796102743227,'delete',NULL,NULL,NULL,0);
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
INSERT INTO evidence VALUES(1,'signed','POST','/actor/inbox',replace('host: letter.example\ndate: Tue, 01 Dec 2026 05:25:42 GMT\ndigest: SHA-256=wqH2xLHA79Gp3N3Dzhg/byMXQTqxAleukeGmQqFv8ps=\ncontent-type: application/activity+json\nsignature: keyId="https://people.example/users/ada#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="Pd1VDwMbVZKyPD7HMS88iAKF59J220ZRVShG4ZhacJcTY3T5SbNuqXI0UHUEEO5zmmfoLXude0Lc9/2O3FCdCQGMXOlTybgvrZnFKTVCmrkodRZcYBdB9elF0CC4s3GRzV/qnWbh8VrrHsMZfxGqDBXQhcqsI6UeWGmMcYuW6l5xU6XFCqrr6BSuHneFhI8IKnGE06MU4WXjWE24zzFHpnUMKSm8YUw9LTC0zMLL8lo/PADgG87xXUBw4QYcpw5Xv+EBpu03HttgIN1mgGQBfPqgv9r23JDriB5R+VxDz3UiIlPQdg1dwmv8hV5Lgmj9MDnBbPXFYLJDU/pwh3nOJg=="\n','\n',char(10)),X'7b2240636f6e74657874223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73222c2268747470733a2f2f773369642e6f72672f73656375726974792f7631225d2c226163746f72223a2268747470733a2f2f70656f706c652e6578616d706c652f75736572732f616461222c22746f223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73235075626c6963225d2c226964223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f322f6163746976697479222c2274797065223a22437265617465222c226f626a656374223a7b226964223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f32222c2274797065223a224e6f7465222c2261747472696275746564546f223a2268747470733a2f2f70656f706c652e6578616d706c652f75736572732f616461222c22636f6e74656e74223a223c703e49207369676e2c2062656361757365206974206d6174746572732e3c2f703e222c22696e5265706c79546f223a2268747470733a2f2f6c65747465722e6578616d706c652f6c6574746572222c227075626c6973686564223a22323032362d31322d30315430353a32353a34322e3937375a222c22746f223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73235075626c6963225d2c226363223a5b5d2c2275726c223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f32227d7d','https://people.example/users/ada#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102742986,1696);
INSERT INTO evidence VALUES(2,'signed','POST','/actor/inbox',replace('host: letter.example\ndate: Tue, 01 Dec 2026 05:25:43 GMT\ndigest: SHA-256=f4K48Fw5/t601ICc7GTot/69+bmfSviHLvCBOpxEx90=\ncontent-type: application/activity+json\nsignature: keyId="https://people.example/users/bob#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="kbx0ls/1oRhZgHkVnMMTrhoFElB76qBj+7TnATY4nVjnWN4O9HBN1Y4otyetKIwfU08MdxGYCYE3EPPGCeZxu2+ZQb6v2/UTsSPjS6G7Crbt5oQiVbic3UszqmUDcOkOAk6hrJ0wRwNozSRwuBIoowzMDvcTeNWBqNLZxeWuXI70tegaUKNKhA1+t4BaMBtY7cKP2HNrH/EP3UJO/8l301uzabCwhuVCE5IPgEPQzL+4FPfFgSRCudh/5wpuhAV430HZ5txZw0aYh3W+FtZYYTBYRYEjyiH+d/xfDW7jcdO3+FYMzZLH6HY2ywJLTYY8OrQKwlU2TREo1AUO9JWkvQ=="\n','\n',char(10)),X'7b2240636f6e74657874223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73222c2268747470733a2f2f773369642e6f72672f73656375726974792f7631225d2c226163746f72223a2268747470733a2f2f70656f706c652e6578616d706c652f75736572732f626f62222c22746f223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73235075626c6963225d2c226964223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f332f6163746976697479222c2274797065223a22437265617465222c226f626a656374223a7b226964223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f33222c2274797065223a224e6f7465222c2261747472696275746564546f223a2268747470733a2f2f70656f706c652e6578616d706c652f75736572732f626f62222c22636f6e74656e74223a223c703e49207369676e3c2f703e222c22696e5265706c79546f223a2268747470733a2f2f6c65747465722e6578616d706c652f6c6574746572222c227075626c6973686564223a22323032362d31322d30315430353a32353a34332e3032305a222c22746f223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73235075626c6963225d2c226363223a5b5d2c2275726c223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f33227d7d','https://people.example/users/bob#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102743029,1675);
INSERT INTO evidence VALUES(3,'signed','POST','/actor/inbox',replace('host: letter.example\ndate: Tue, 01 Dec 2026 05:25:43 GMT\ndigest: SHA-256=ntzIqe3jjSIoIyp16u0O4rualxgCKWNvjrbYRJ+hpg0=\ncontent-type: application/activity+json\nsignature: keyId="https://people.example/users/cleo#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="2+65AZ/ggQQVE1ivx3tDEvv6gnT5t1WQwIcCAMqjlGEpBeEIn3l3kMevZ7bhGXAoNC9MhzP56IWyXUpGD/zTimxFzxVol/Tb97lIY/9Lu7fTN/pJ/x+T5YpQ/x3XCavDVUOUmHHaCPu8yoEtQfjVxyQBudbIVkIN4h22EjY7WoeZTVdQygy2w+OxQYiSEa2xwDPFOiEq6U5NvpyYFo3K//SvBAs4apa/4QX80C/t+vZLP0gg6yn1Ctli/C7UZf9OeOIiAubFqX7wir3Sbsc87pXYTE7BZ4KQv39xJd75ivqxHiKybCuD5Dd7r4DLB9Rr7OKgUBZczaioUgURJzI4Mw=="\n','\n',char(10)),X'7b2240636f6e74657874223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73222c2268747470733a2f2f773369642e6f72672f73656375726974792f7631225d2c226163746f72223a2268747470733a2f2f70656f706c652e6578616d706c652f75736572732f636c656f222c22746f223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73235075626c6963225d2c226964223a2268747470733a2f2f70656f706c652e6578616d706c652f6c696b65732f34222c2274797065223a224c696b65222c226f626a656374223a2268747470733a2f2f6c65747465722e6578616d706c652f6c6574746572227d','https://people.example/users/cleo#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102743085,1384);
INSERT INTO evidence VALUES(4,'signed','POST','/actor/inbox',replace('host: letter.example\ndate: Tue, 01 Dec 2026 05:25:43 GMT\ndigest: SHA-256=PCfxyMckjFIsj0QGEpmSVqICmgNxpnvvro/Bf+OAsEQ=\ncontent-type: application/activity+json\nsignature: keyId="https://people.example/users/dan#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="YCGw1bUmZHUoBC0h/K8NNvnGwRgVV6WKWXmynHMqe8RUWPCdKziBrG9B3c7IUYOXpFjCYYU7nknArlb/hDuCo+ldL+MZRHc+ZQEAXMxr44ZL5ODkWeFiB6+J/4J4cqhIVP8L7KdiPdzM/qxf+F404LWyhtnoRJValWRLSPFu40otQWB5hCCOIsrkqrzsDDvplKyll7bKCBVreRhlvm4xgXWHG6HdoUEaRCGan+3rDfS+zAi+yuM6xKUJh8HplXxWwrm6iMk4E1P/stETkNPRGO6OdsvlOA9edK1e1v0LSPtO5a3rmeNxZcObVACXxo23SeJYbzimgon8UNdGCW61+g=="\n','\n',char(10)),X'7b2240636f6e74657874223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73222c2268747470733a2f2f773369642e6f72672f73656375726974792f7631225d2c226163746f72223a2268747470733a2f2f70656f706c652e6578616d706c652f75736572732f64616e222c22746f223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73235075626c6963225d2c226964223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f352f6163746976697479222c2274797065223a22437265617465222c226f626a656374223a7b226964223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f35222c2274797065223a224e6f7465222c2261747472696275746564546f223a2268747470733a2f2f70656f706c652e6578616d706c652f75736572732f64616e222c22636f6e74656e74223a223c703e576861742061626f757420436f6465626572673f3c2f703e222c22696e5265706c79546f223a2268747470733a2f2f6c65747465722e6578616d706c652f6c6574746572222c227075626c6973686564223a22323032362d31322d30315430353a32353a34332e3131365a222c22746f223a5b2268747470733a2f2f7777772e77332e6f72672f6e732f616374697669747973747265616d73235075626c6963225d2c226363223a5b5d2c2275726c223a2268747470733a2f2f70656f706c652e6578616d706c652f6e6f7465732f35227d7d','https://people.example/users/dan#main-key',replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4e4UIQrtql28mDRaI79B\nPhKvKIEE5L0piMJkXpj64Gel4XexN+pwVFeZ29d6HoLMCCjHWW07HxnFVap2WbdB\nmhTuKFUBr9pT3EfvLg0zOnJY329MbrTvEmifyzxlWLLBu2wMAEim5PqGyWjqwc97\nxsfnWK5PUylieEsJFYBxobNy0ZE9I5gxJOQhifW6BCUO/ZJRKqEyYh+pUsjZMk+s\nVzNupJtTojpzw+O8hezPwCoDgyegufcuj2Hn8llqEUHFcqdVNkv6mSo4s/oWclJj\nGJgY4JrfI86JqJnKMYBB2w+8opBLhzzcQ0Mux1DoygeQvk4qpTr1gx1sn5SkgbNS\nlwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),1796102743127,1689);
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
INSERT INTO endorsement VALUES(1,'zt7ej1tg4ahr8852',1,'listed',NULL,NULL,'reply',1,1,0,'Ada','shown','ada',NULL,NULL,NULL,'I sign, because it matters.','shown',1,NULL,NULL,1796102742986,1796102744170,1,NULL,NULL,NULL,NULL,NULL,'ada people example','i sign because it matters');
INSERT INTO endorsement VALUES(2,'j1f34w298dn3vy66',2,'listed',NULL,NULL,'reply',2,1,0,'Bob','shown','bob',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1796102743029,1796102743046,1,NULL,NULL,NULL,NULL,NULL,'bob people example','');
INSERT INTO endorsement VALUES(3,'gv1b6wg6jbbtm2a1',3,'listed',NULL,NULL,'like',3,1,0,'Cleo','shown','cleo',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1796102743085,1796102743092,1,NULL,NULL,NULL,NULL,NULL,'cleo people example','');
INSERT INTO endorsement VALUES(4,'1r0m3v5sx5vsv9zk',5,'withdrawn',NULL,NULL,'reply',5,1,0,'Eve','shown','eve',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1796102743175,1796102743227,2,NULL,NULL,NULL,NULL,NULL,'','eve');
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','endorsement_search','endorsement_search',0,'CREATE VIRTUAL TABLE endorsement_search USING fts5 (
    shown_words, other_words, content = ''endorsement'', content_rowid = ''id'', tokenize = ''ascii'', detail = ''column''
)');
CREATE TABLE IF NOT EXISTS 'endorsement_search_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO endorsement_search_data VALUES(1,X'040906');
INSERT INTO endorsement_search_data VALUES(10,X'000000020105050005010101020101030101040101050101');
INSERT INTO endorsement_search_data VALUES(137438953473,X'00000050043061646101020201076265636175736501020301076578616d706c6501020201016901020302017401020301076d617474657273010203010670656f706c6501020201047369676e01020304080c0c06060c0b');
INSERT INTO endorsement_search_data VALUES(274877906945,X'000000230430626f6202020201076578616d706c65020202010670656f706c6502020204080c');
INSERT INTO endorsement_search_data VALUES(412316860417,X'000000240530636c656f03020201076578616d706c65030202010670656f706c6503020204090c');
INSERT INTO endorsement_search_data VALUES(549755813889,X'00000004');
INSERT INTO endorsement_search_data VALUES(687194767361,X'0000000c043065766504020304');
CREATE TABLE IF NOT EXISTS 'endorsement_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO endorsement_search_idx VALUES(1,X'',2);
INSERT INTO endorsement_search_idx VALUES(2,X'',2);
INSERT INTO endorsement_search_idx VALUES(3,X'',2);
INSERT INTO endorsement_search_idx VALUES(4,X'',2);
INSERT INTO endorsement_search_idx VALUES(5,X'',2);
CREATE TABLE IF NOT EXISTS 'endorsement_search_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO endorsement_search_docsize VALUES(1,X'0305');
INSERT INTO endorsement_search_docsize VALUES(2,X'0300');
INSERT INTO endorsement_search_docsize VALUES(3,X'0300');
INSERT INTO endorsement_search_docsize VALUES(4,X'0001');
CREATE TABLE IF NOT EXISTS 'endorsement_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO endorsement_search_config VALUES('secure-delete',1);
INSERT INTO endorsement_search_config VALUES('version',5);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','endorsement_search_words','endorsement_search_words',0,'CREATE VIRTUAL TABLE endorsement_search_words USING fts5vocab (endorsement_search, col)');
CREATE TABLE comment (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    act_id INTEGER NOT NULL UNIQUE REFERENCES act (id)
) STRICT;
INSERT INTO comment VALUES(1,'6mtpqyr62h13ktbm',4);
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
INSERT INTO history VALUES(1,1,1796102742988,NULL,'listed',1,1,'act',NULL,0);
INSERT INTO history VALUES(2,2,1796102743046,NULL,'listed',2,1,'act',NULL,0);
INSERT INTO history VALUES(3,3,1796102743092,NULL,'listed',3,1,'act',NULL,0);
INSERT INTO history VALUES(4,4,1796102743185,NULL,'listed',5,1,'act',NULL,0);
INSERT INTO history VALUES(5,4,1796102743227,'listed','withdrawn',5,1,'delete',NULL,0);
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
INSERT INTO audit VALUES(1,1796102742087,'serve','letter.publish',NULL,'revision-1',NULL,NULL);
INSERT INTO audit VALUES(2,1796102744170,'root','statement.approve',NULL,'zt7ej1tg4ahr8852',NULL,NULL);
INSERT INTO audit VALUES(3,1796102744665,'root','block.add',NULL,'spam.example',NULL,NULL);
CREATE TABLE audit_note (
    audit_id INTEGER PRIMARY KEY REFERENCES audit (id),
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE audit_target (
    id INTEGER PRIMARY KEY,
    audit_id INTEGER NOT NULL REFERENCES audit (id),
    target TEXT NOT NULL,
    undo TEXT
) STRICT;
INSERT INTO audit_target VALUES(1,2,'zt7ej1tg4ahr8852','{"before":{"state":"listed","hidden":false,"limited":false,"decision":null,"reason":null,"statement":"pending","declared":null,"words":"2670a7b2e3cb7a3cfc751e6ad67363175a9873c02814b70c8a5d68bf7011d2e8","name":"shown","name_digest":"99a563ab2f6e21e96998f9fddd2a2bab82b70ac019579502b8d7fc0032ff62bb","edited_name":null,"edited_affiliation":null,"counts_as":null,"promoted_act":null,"trusted":false},"after":{"state":"listed","hidden":false,"limited":false,"decision":null,"reason":null,"statement":"shown","declared":null,"words":"2670a7b2e3cb7a3cfc751e6ad67363175a9873c02814b70c8a5d68bf7011d2e8","name":"shown","name_digest":"99a563ab2f6e21e96998f9fddd2a2bab82b70ac019579502b8d7fc0032ff62bb","edited_name":null,"edited_affiliation":null,"counts_as":null,"promoted_act":null,"trusted":true},"acts":[]}');
INSERT INTO audit_target VALUES(2,3,'spam.example','{"actor":null,"before":null,"after":{"severity":"block","public_comment":null,"private_comment":null,"at":1796102744231,"reject_media":false,"reject_reports":false,"obfuscate":false},"cut":false}');
CREATE TABLE follower (
    actor_id INTEGER PRIMARY KEY REFERENCES actor (id),
    -- The id of the newest Follow, which a Reject has to name.
    follow_id TEXT,
    since INTEGER NOT NULL,
    -- Until when a blocked follower is kept without being sent anything.
    asleep_until INTEGER
) STRICT;
INSERT INTO follower VALUES(1,'https://people.example/follows/1',1796102742911,NULL);
CREATE TABLE reach (
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    kind TEXT NOT NULL,
    object_hash BLOB NOT NULL,
    activity_hash BLOB NOT NULL,
    -- The path of what was boosted or quoted: an edit of it is sent to this actor.
    target TEXT NOT NULL,
    UNIQUE (actor_id, kind, object_hash)
) STRICT;
CREATE TABLE quote_authorization (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    object_hash BLOB,
    object TEXT NOT NULL,
    target TEXT NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE TABLE seen (
    hash BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    undone_at INTEGER,
    awaited INTEGER NOT NULL CHECK (awaited IN (0, 1))
) STRICT;
INSERT INTO seen VALUES(X'3477792a4610c3a95627f179e0b4aa0cc37887750d467dce16c6a775d8a0f69e',1796102742929,NULL,0);
INSERT INTO seen VALUES(X'ba0b8598520ddf759a219c9d30012b0f81aa37eedc7058733ec225e9cd6e7ac0',1796102742929,NULL,0);
INSERT INTO seen VALUES(X'060fb0b77dbcf0dead643deaef07699a1508d5a59e141254a49dfb0c2584b3a7',1796102742988,NULL,0);
INSERT INTO seen VALUES(X'f1192bd234d28320b0bbf419fa5279b2babc33354285a8da5ba06c9b70ca1133',1796102742988,NULL,0);
INSERT INTO seen VALUES(X'c3c0c8718c22843548e3cdc14aeaf28bbd353652fe2ee7855a27efda0585b7d6',1796102743046,NULL,0);
INSERT INTO seen VALUES(X'ef07a7040f63af7f8e4dac4d5c23c3918c7b7f1a941546ecdd8e54e612430f24',1796102743046,NULL,0);
INSERT INTO seen VALUES(X'd042f756ac7694f0da8f70f3911cb811f0d736f3057fd55b83ba1fd2a86f463a',1796102743092,NULL,0);
INSERT INTO seen VALUES(X'd543c6d0f5609617c3b11307074375f096731b08e5d02fb9cd3ccf1134229e47',1796102743092,NULL,0);
INSERT INTO seen VALUES(X'13190c20dd1db215eba631d9911d3df871fd7468903eb8c6707f1579fc760b6e',1796102743139,NULL,0);
INSERT INTO seen VALUES(X'ec36083c11c447e8114a3480afbd7d9c84345fb3c76de2e20a0b8e887c614278',1796102743139,NULL,0);
INSERT INTO seen VALUES(X'4c04d55f9565857c6a4102b187e944af4d930884f34bef6ed4fb0b9ea4dcb700',1796102743185,NULL,0);
INSERT INTO seen VALUES(X'846cd6fef228d8afa7bd50aaec68d7aaa5372a309350a957a84d8f1fa7b7b76e',1796102743185,NULL,0);
INSERT INTO seen VALUES(X'1e79cce49ee984ef519e37997e0883e39a24c25517f3194462cd346a38482240',1796102743227,NULL,0);
CREATE TABLE tombstone (
    object_hash BLOB NOT NULL,
    actor_hash BLOB NOT NULL,
    deleted_at INTEGER,
    claimed INTEGER NOT NULL CHECK (claimed IN (0, 1)),
    expires_at INTEGER,
    PRIMARY KEY (object_hash, actor_hash)
) STRICT;
INSERT INTO tombstone VALUES(X'88d9a486d8e90c580098702e4bd1b342c4d6a3ad4919891e0f90956bcae47969',X'5a4b6c834dbd7b04a99847b58013246e344a1f040099cecb9390cc17868a79c5',1796102743000,0,NULL);
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
INSERT INTO policy VALUES('spam.example','domain','block',NULL,NULL,1796102744231,0,0,0);
CREATE TABLE trusted_domain (
    domain TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;
CREATE TABLE word_rule (
    id INTEGER PRIMARY KEY,
    pattern TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('text', 'name', 'both')),
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    type TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT
) STRICT;
INSERT INTO journal VALUES(1,1796102742911,'people.example','Follow','taken',NULL);
INSERT INTO journal VALUES(2,1796102742986,'people.example','Create','taken',NULL);
INSERT INTO journal VALUES(3,1796102743028,'people.example','Create','taken',NULL);
INSERT INTO journal VALUES(4,1796102743085,'people.example','Like','taken',NULL);
INSERT INTO journal VALUES(5,1796102743126,'people.example','Create','taken',NULL);
INSERT INTO journal VALUES(6,1796102743175,'people.example','Create','taken',NULL);
INSERT INTO journal VALUES(7,1796102743225,'people.example','Delete','taken',NULL);
CREATE TABLE surge (
    domain TEXT NOT NULL,
    at INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (domain, at)
) STRICT;
INSERT INTO surge VALUES('',1796102700000,4);
INSERT INTO surge VALUES('people.example',1796102700000,4);
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
INSERT INTO own_object VALUES(1,'/letter','letter',NULL,1796102742087,NULL,NULL);
CREATE TABLE post_mention (
    own_object_id INTEGER NOT NULL REFERENCES own_object (id),
    handle TEXT NOT NULL,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    PRIMARY KEY (own_object_id, handle)
) STRICT;
CREATE TABLE activity (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    at INTEGER NOT NULL
) STRICT;
INSERT INTO activity VALUES(1,'/activities/fax1gsw20negfwpa','Create','/letter','{"@context":["https://www.w3.org/ns/activitystreams",{"sensitive":"as:sensitive","Hashtag":"as:Hashtag","gts":"https://gotosocial.org/ns#","interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"canQuote":{"@id":"gts:canQuote","@type":"@id"},"automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"}}],"id":"https://letter.example/activities/fax1gsw20negfwpa","type":"Create","actor":"https://letter.example/actor","published":"2026-12-01T05:25:42Z","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://letter.example/followers"],"object":{"id":"https://letter.example/letter","type":"Note","attributedTo":"https://letter.example/actor","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://letter.example/followers"],"url":"https://letter.example/","published":"2026-12-01T05:25:42Z","sensitive":false,"contentMap":{"en":"<p><strong>Tell Microsoft to drop ICE as a client or lose us as Github users</strong></p><p>To sign, reply in public with “I sign” or like this post; your name and handle are shown on our page, for a like only if your profile is discoverable; delete the reply or undo the like to leave; a like from us confirms a reply.</p><p>Earlier this year Microsoft <a href=\"https://blogs.msdn.microsoft.com/azuregov/2018/01/24/federal-agencies-continue-to-advance-capabilities-with-azure-government/\" rel=\"nofollow noopener noreferrer\">proudly announced</a> that it was working with U.S. Immigration and Customs Enforcement (ICE) to \"deliver such services as cloud-based identity and access\" in order to \"help employees make more informed decisions faster\" and \"utilize deep learning capabilities to <em>accelerate facial recognition and identification</em>.\" (Emphasis added.)</p><p>As members of the open source community and free software movement who embrace values of freedom, liberty, openness, sharing, mutual aid, and general human kindness, we are horrified by and strongly object to the Trump administration''s policies of detainment, denaturalization, deportation, and family separation as carried out by ICE.</p><p>With Microsoft''s acquisition of Github, many in the Github community were fearful of what new ownership from a company once openly hostile to open source would spell for the future of Github, and many of those people chose to leave the site rather than entrust Microsoft with their software. Those of us who remained, because we were willing to give Microsoft a chance to become a steward of the open source movement, will not however continue to do so should Microsoft continue to abet the trampling of human and civil rights by this administration and its law enforcement agencies.</p><p>We call on Microsoft to end is relationship with ICE and any federal agencies engaged in enforcing the cruel policies of this administration, which is destroying families and jailing asylum seekers, undocumented long-term residents, and even naturalized citizens under threat of deportation. Or, we will simply take our projects elsewhere.</p><p>The letter and who signed it: <a href=\"https://letter.example/\">https://letter.example/</a></p>"},"content":"<p><strong>Tell Microsoft to drop ICE as a client or lose us as Github users</strong></p><p>To sign, reply in public with “I sign” or like this post; your name and handle are shown on our page, for a like only if your profile is discoverable; delete the reply or undo the like to leave; a like from us confirms a reply.</p><p>Earlier this year Microsoft <a href=\"https://blogs.msdn.microsoft.com/azuregov/2018/01/24/federal-agencies-continue-to-advance-capabilities-with-azure-government/\" rel=\"nofollow noopener noreferrer\">proudly announced</a> that it was working with U.S. Immigration and Customs Enforcement (ICE) to \"deliver such services as cloud-based identity and access\" in order to \"help employees make more informed decisions faster\" and \"utilize deep learning capabilities to <em>accelerate facial recognition and identification</em>.\" (Emphasis added.)</p><p>As members of the open source community and free software movement who embrace values of freedom, liberty, openness, sharing, mutual aid, and general human kindness, we are horrified by and strongly object to the Trump administration''s policies of detainment, denaturalization, deportation, and family separation as carried out by ICE.</p><p>With Microsoft''s acquisition of Github, many in the Github community were fearful of what new ownership from a company once openly hostile to open source would spell for the future of Github, and many of those people chose to leave the site rather than entrust Microsoft with their software. Those of us who remained, because we were willing to give Microsoft a chance to become a steward of the open source movement, will not however continue to do so should Microsoft continue to abet the trampling of human and civil rights by this administration and its law enforcement agencies.</p><p>We call on Microsoft to end is relationship with ICE and any federal agencies engaged in enforcing the cruel policies of this administration, which is destroying families and jailing asylum seekers, undocumented long-term residents, and even naturalized citizens under threat of deportation. Or, we will simply take our projects elsewhere.</p><p>The letter and who signed it: <a href=\"https://letter.example/\">https://letter.example/</a></p>","tag":[],"likes":{"id":"https://letter.example/letter/likes","type":"Collection","totalItems":0},"shares":{"id":"https://letter.example/letter/shares","type":"Collection","totalItems":0},"replies":{"id":"https://letter.example/letter/replies","type":"Collection","first":{"type":"CollectionPage","partOf":"https://letter.example/letter/replies","items":[],"next":"https://letter.example/letter/replies?page=1"}},"interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}}}}',1,1796102742087);
INSERT INTO activity VALUES(2,'/activities/bsehvkwm8k9s46jx','Accept','https://people.example/users/ada','{"@context":"https://www.w3.org/ns/activitystreams","id":"https://letter.example/activities/bsehvkwm8k9s46jx","type":"Accept","actor":"https://letter.example/actor","to":["https://people.example/users/ada"],"object":{"id":"https://people.example/follows/1","type":"Follow","actor":"https://people.example/users/ada","object":"https://letter.example/actor"}}',0,1796102742929);
INSERT INTO activity VALUES(3,'/activities/77nwzybet0mz4aj4','Like','https://people.example/notes/2','{"@context":"https://www.w3.org/ns/activitystreams","id":"https://letter.example/activities/77nwzybet0mz4aj4","type":"Like","actor":"https://letter.example/actor","to":["https://people.example/users/ada"],"object":"https://people.example/notes/2"}',0,1796102742988);
INSERT INTO activity VALUES(4,'/activities/4xqav9hyhgx5wfpc','Like','https://people.example/notes/3','{"@context":"https://www.w3.org/ns/activitystreams","id":"https://letter.example/activities/4xqav9hyhgx5wfpc","type":"Like","actor":"https://letter.example/actor","to":["https://people.example/users/bob"],"object":"https://people.example/notes/3"}',0,1796102743046);
INSERT INTO activity VALUES(5,'/activities/y4f25n2rhn9mgckt','Like','https://people.example/notes/6','{"@context":"https://www.w3.org/ns/activitystreams","id":"https://letter.example/activities/y4f25n2rhn9mgckt","type":"Like","actor":"https://letter.example/actor","to":["https://people.example/users/eve"],"object":"https://people.example/notes/6"}',0,1796102743185);
INSERT INTO activity VALUES(6,'/activities/9656v44bh89sv02t','Undo','https://people.example/notes/6','{"@context":"https://www.w3.org/ns/activitystreams","id":"https://letter.example/activities/9656v44bh89sv02t","type":"Undo","actor":"https://letter.example/actor","to":["https://people.example/users/eve"],"object":{"id":"https://letter.example/activities/y4f25n2rhn9mgckt","type":"Like","actor":"https://letter.example/actor","to":["https://people.example/users/eve"],"object":"https://people.example/notes/6"}}',0,1796102743227);
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
INSERT INTO delivery VALUES(1,2,1,1,'delivered',1,1796102742957,202,'',1796102742929,1796102742957);
INSERT INTO delivery VALUES(2,3,1,1,'delivered',1,1796102743032,202,'',1796102742988,1796102743032);
INSERT INTO delivery VALUES(3,4,2,1,'delivered',1,1796102743075,202,'',1796102743046,1796102743075);
INSERT INTO delivery VALUES(4,5,5,1,'delivered',1,1796102743215,202,'',1796102743185,1796102743215);
INSERT INTO delivery VALUES(5,6,5,1,'delivered',1,1796102743250,202,'',1796102743227,1796102743250);
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
CREATE TABLE lease_holder (
    name TEXT PRIMARY KEY,
    alive_until INTEGER NOT NULL
) STRICT;
CREATE TABLE server (
    name TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    since INTEGER NOT NULL,
    alive_at INTEGER NOT NULL
) STRICT;
CREATE TABLE fetch_day (
    host TEXT NOT NULL,
    day INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (host, day)
) STRICT;
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
INSERT INTO signatory VALUES(1,'6fzftr11kcv54ycp','Daniel Sieradski','danlelsleradskl','selfagency','https://github.com/selfagency',NULL,'github',1,17,1,'listed',1796102742087,NULL,'daniel sieradski selfagency',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(2,'xn0ekcajqten34a2','Nicholas Sahler','nlcholassahler','nicksahler','https://github.com/nicksahler',NULL,'github',2,18,1,'listed',1796102742087,NULL,'nicholas sahler nicksahler',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(3,'7n6qn0ve4jsckz9x','Gavin Morgan','gavlnrnorgan','quavmo','https://github.com/quavmo',NULL,'github',3,19,1,'listed',1796102742087,NULL,'gavin morgan quavmo',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(4,'kqr60mpf92zrtg50','Abram Stern','abrarnstern','aphid','https://github.com/aphid',NULL,'github',4,20,1,'listed',1796102742087,NULL,'abram stern aphid',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(5,'6v3y8vharbdabdnx','Jeremy Low','jerernylow','jeremylow','https://github.com/jeremylow',NULL,'github',5,21,1,'listed',1796102742087,NULL,'jeremy low jeremylow',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(6,'atgpeb67k527nwdy','Rick Waldron','rlckwaldron','rwaldron','https://github.com/rwaldron',NULL,'github',6,22,1,'listed',1796102742087,NULL,'rick waldron rwaldron',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(7,'4cfgwdp6yxr6vzk6','Jacob Beard','jacobbeard','jbeard4','https://github.com/jbeard4',NULL,'github',7,23,1,'listed',1796102742087,NULL,'jacob beard jbeard4',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(8,'ve5xntzf1pxv2waf','Joshua Cook','joshuacook','joshuacook','https://github.com/joshuacook',NULL,'github',8,24,1,'listed',1796102742087,NULL,'joshua cook joshuacook',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(9,'hyv1rjgnbtmb9z6v','Lea Verou','leaverou','leaverou','https://github.com/leaverou',NULL,'github',9,25,1,'listed',1796102742087,NULL,'lea verou leaverou',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(10,'f2kbtcq4d1tmeff6','Tomas Lycken','tornaslycken','tlycken','https://github.com/tlycken',NULL,'github',10,26,1,'listed',1796102742087,NULL,'tomas lycken tlycken',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(11,'gbzh6yxajr2qpwyc','Tobi Schäfer','toblschäfer','p3k','https://github.com/p3k',NULL,'github',11,27,1,'listed',1796102742087,NULL,'tobi schafer p3k',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(12,'3mpcg3ccresrfbek','Mijndert Stuij','rnljndertstulj','mijndert','https://github.com/mijndert',NULL,'github',12,28,1,'listed',1796102742087,NULL,'mijndert stuij',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(13,'sjax28hcgmhg66dc','John Hann','johnhann','unscriptable','https://github.com/unscriptable',NULL,'github',13,29,1,'listed',1796102742087,NULL,'john hann unscriptable',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(14,'6796h2fenfa7qaw4','Thijs van der Vossen','thljsvandervossen','Fingertips','https://github.com/Fingertips',NULL,'github',14,30,1,'listed',1796102742087,NULL,'thijs van der vossen fingertips',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(15,'bxzm4sj3w99p0mr9','Marc Hinse','rnarchlnse','MadeMyDay','https://github.com/MadeMyDay',NULL,'github',15,31,1,'listed',1796102742087,NULL,'marc hinse mademyday',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(16,'e2vk412asp8xec8h','Thomas Fuchs','thornasfuchs','madrobby','https://github.com/madrobby',NULL,'github',16,32,1,'listed',1796102742087,NULL,'thomas fuchs madrobby',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(17,'tm1kpx08z22en1ds','Frank Bültge','frankbültge','bueltge','https://github.com/bueltge',NULL,'github',17,33,1,'listed',1796102742087,NULL,'frank bultge bueltge',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(18,'yy09egn96e9nvcmq','Laurie Voss','laurlevoss','seldo','https://github.com/seldo',NULL,'github',18,34,1,'listed',1796102742087,NULL,'laurie voss seldo',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(19,'60we9gbj0fxsvr07','Jamie Kyle','jarnlekyle','jamiebuilds','https://github.com/jamiebuilds',NULL,'github',19,35,1,'listed',1796102742087,NULL,'jamie kyle jamiebuilds',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(20,'3sd1yjmtfr3vbytv','Bernard Lin','bernardlln','bernard-lin','https://github.com/bernard-lin',NULL,'github',20,36,1,'listed',1796102742087,NULL,'bernard lin',NULL,NULL,NULL,NULL);
INSERT INTO signatory VALUES(21,'xn490ce0fp8xg9hs','vøid','vo̸ld','makmm','https://github.com/makmm',NULL,'github',21,37,1,'listed',1796102742087,NULL,'void makmm',NULL,NULL,NULL,NULL);
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
CREATE TABLE milestone (
    step INTEGER PRIMARY KEY
) STRICT;
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
INSERT INTO endorsement_count VALUES('listed',0,0,1,0,0,2);
INSERT INTO endorsement_count VALUES('listed',0,0,1,1,0,0);
INSERT INTO endorsement_count VALUES('listed',0,1,1,0,0,1);
INSERT INTO endorsement_count VALUES('withdrawn',0,0,1,0,0,1);
CREATE TABLE day_count (
    day INTEGER NOT NULL,
    liked INTEGER NOT NULL CHECK (liked IN (0, 1)),
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (day, liked)
) STRICT, WITHOUT ROWID;
INSERT INTO day_count VALUES(20788,0,2);
INSERT INTO day_count VALUES(20788,1,1);
CREATE TABLE host_count (
    host_id INTEGER PRIMARY KEY,
    n INTEGER NOT NULL CHECK (n >= 0)
) STRICT;
INSERT INTO host_count VALUES(1,3);
CREATE TABLE signatory_count (
    source TEXT NOT NULL,
    revision INTEGER NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (source, revision)
) STRICT, WITHOUT ROWID;
INSERT INTO signatory_count VALUES('github',1,21);
CREATE TABLE linked_count (
    liked INTEGER NOT NULL CHECK (liked IN (0, 1)),
    fediverse INTEGER NOT NULL CHECK (fediverse IN (0, 1)),
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    revision INTEGER NOT NULL,
    other_revision INTEGER NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (liked, fediverse, shown, revision, other_revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE total (
    name TEXT PRIMARY KEY CHECK (name IN
        ('followers', 'boosts', 'letter_boosts', 'quoting', 'evidence_bytes', 'delivered', 'refused', 'abandoned')),
    n INTEGER NOT NULL DEFAULT 0 CHECK (n >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO total VALUES('abandoned',0);
INSERT INTO total VALUES('boosts',0);
INSERT INTO total VALUES('delivered',5);
INSERT INTO total VALUES('evidence_bytes',6444);
INSERT INTO total VALUES('followers',1);
INSERT INTO total VALUES('letter_boosts',0);
INSERT INTO total VALUES('quoting',0);
INSERT INTO total VALUES('refused',0);
CREATE INDEX host_due ON host (pace, due_at, id) WHERE waiting;
CREATE INDEX host_blocked ON host (id) WHERE blocked;
CREATE INDEX host_leased ON host (leased_by) WHERE leased_by IS NOT NULL;
CREATE INDEX host_key_own_key ON host_key (own_key_id);
CREATE INDEX actor_handle ON actor (lower(handle));
CREATE INDEX actor_page ON actor (page) WHERE page IS NOT NULL;
CREATE INDEX actor_host ON actor (host_id, refreshed_at);
CREATE INDEX actor_verify ON actor (verify_at, id) WHERE verify_at IS NOT NULL;
CREATE INDEX actor_inbox ON actor (inbox_id);
CREATE INDEX actor_shared_inbox ON actor (shared_inbox_id) WHERE shared_inbox_id IS NOT NULL;
CREATE INDEX actor_successor ON actor (successor_id) WHERE successor_id IS NOT NULL;
CREATE INDEX actor_key_changed ON actor (host_id, key_changed_at) WHERE key_changed_at IS NOT NULL;
CREATE INDEX actor_key_actor ON actor_key (actor_id);
CREATE INDEX act_object ON act (object_hash);
CREATE INDEX act_ended ON act (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX act_comment ON act (at) WHERE kind = 'comment';
CREATE INDEX act_waiting ON act (waits_for, actor_id) WHERE waits_for IS NOT NULL AND ended_at IS NULL;
CREATE INDEX act_surge ON act (at, id) WHERE waits_for = 'surge' AND ended_at IS NULL;
CREATE INDEX evidence_received ON evidence (received_at, act_id, bytes);
CREATE INDEX endorsement_skeleton ON endorsement (name_skeleton) WHERE name_skeleton IS NOT NULL;
CREATE INDEX endorsement_waiting ON endorsement (waiting_domain) WHERE waiting_domain IS NOT NULL;
CREATE INDEX endorsement_lasting ON endorsement (
    (CASE WHEN kind IN ('like', 'reaction') THEN 1 ELSE 0 END),
    (CASE WHEN endorsed_at > changed_at THEN endorsed_at ELSE changed_at END)
) WHERE state IN ('listed', 'counted') AND NOT organisation;
CREATE INDEX endorsement_at ON endorsement (endorsed_at, id);
CREATE INDEX endorsement_by_name ON endorsement (shown_words, id, organisation, kind, revision, statement_state, state)
    WHERE state = 'listed';
CREATE INDEX endorsement_listed ON endorsement (endorsed_at, id, organisation, kind, revision, statement_state, state)
    WHERE state = 'listed';
CREATE INDEX endorsement_unlisted ON endorsement (state, endorsed_at, id) WHERE state <> 'listed';
CREATE INDEX endorsement_organisation ON endorsement (organisation, endorsed_at, id) WHERE organisation;
CREATE INDEX endorsement_reply ON endorsement (kind, endorsed_at, id)
    WHERE state = 'listed' AND kind = 'reply' AND (statement IS NULL OR statement_state = 'shown');
CREATE INDEX endorsement_statement ON endorsement (statement_state, endorsed_at, id)
    WHERE state = 'listed' AND statement_state = 'shown';
CREATE INDEX endorsement_to_erase ON endorsement (changed_at)
    WHERE state IN ('withdrawn', 'rejected', 'invalid')
      AND (name IS NOT NULL OR statement IS NOT NULL OR declared_name IS NOT NULL
           OR declared_affiliation IS NOT NULL OR reason IS NOT NULL
           OR edited_name IS NOT NULL OR edited_affiliation IS NOT NULL);
CREATE INDEX endorsement_unsure ON endorsement (endorsed_at, id) WHERE waits_for = 'unsure';
CREATE INDEX endorsement_name_waits ON endorsement (endorsed_at, id)
    WHERE state = 'listed' AND name_state = 'pending' AND name IS NOT NULL AND edited_name IS NULL;
CREATE INDEX endorsement_words_wait ON endorsement (endorsed_at, id)
    WHERE statement_state = 'pending' OR declared_state = 'pending';
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
CREATE INDEX history_endorsement ON history (endorsement_id, id);
CREATE INDEX audit_by_target ON audit (target) WHERE target IS NOT NULL;
CREATE INDEX audit_invalidated ON audit (code, id) WHERE action = 'endorsement.invalidate';
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
CREATE INDEX follower_since ON follower (since, actor_id) WHERE asleep_until IS NULL;
CREATE INDEX follower_asleep ON follower (asleep_until) WHERE asleep_until IS NOT NULL;
CREATE UNIQUE INDEX quote_authorization_granted ON quote_authorization (actor_id, object_hash, target)
    WHERE revoked_at IS NULL;
CREATE INDEX quote_authorization_withheld ON quote_authorization (object_hash)
    WHERE revoked_at IS NOT NULL AND object_hash IS NOT NULL;
CREATE INDEX seen_at ON seen (at);
CREATE INDEX tombstone_expires ON tombstone (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX post_mention_actor ON post_mention (actor_id);
CREATE INDEX activity_subject ON activity (substr(subject, length(subject) - 31));
CREATE INDEX activity_public ON activity (id) WHERE public;
CREATE INDEX activity_to_erase ON activity (at) WHERE NOT public AND body <> '';
CREATE INDEX delivery_queued ON delivery (host_id, activity_id) WHERE state = 'queued';
CREATE INDEX delivery_settled ON delivery (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX delivery_said ON delivery (inbox_id) WHERE last_body <> '';
CREATE INDEX delivery_waiting ON delivery (activity_id, inbox_id) WHERE state = 'queued';
CREATE INDEX delivery_failed ON delivery (settled_at) WHERE state IN ('refused', 'abandoned');
CREATE INDEX delivery_later ON delivery (due_at) WHERE state = 'queued' AND due_at > queued_at;
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
CREATE INDEX job_due ON job (due_at);
CREATE INDEX job_domain ON job (domain) WHERE domain IS NOT NULL;
CREATE INDEX job_ordered ON job (ordered_by) WHERE ordered_by IS NOT NULL;
CREATE INDEX signatory_skeleton ON signatory (skeleton);
CREATE INDEX signatory_handle ON signatory (lower(handle));
CREATE INDEX signatory_listed ON signatory (listed_at DESC, position, id) WHERE state = 'listed';
CREATE INDEX signatory_by_name ON signatory (shown_words, id) WHERE state = 'listed';
CREATE INDEX signatory_in_file ON signatory (position, id) WHERE state = 'listed' AND source <> 'manual';
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
CREATE INDEX report_at ON report (at);
CREATE INDEX host_count_most ON host_count (n);
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
PRAGMA writable_schema=OFF;
COMMIT;
