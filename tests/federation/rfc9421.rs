//! Requests signed by RFC 9421: genuine ones count; each forged one is refused, beside a genuine twin.

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    signature::{PublicKey, Received, Refusal, Scheme, inspect},
};
use url::Url;

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{
        fediverse::{FakeServer, signed_by, signer},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    what_is_signed_by_rfc_9421_counts,
    what_is_forged_by_rfc_9421_changes_nothing,
    what_is_kept_of_a_request_can_be_verified_by_anybody,
);

const PROFILE: [&str; 3] = ["@method", "@target-uri", "content-digest"];

/// What a person with this key would send at that time, as Mastodon does it.
fn signed(person: &Person, key_id: &str, activity: &Value, at: Millis) -> Draft {
    let url = Url::parse(&person.letters("/inbox")).unwrap();
    let body = activity.to_string().into_bytes();
    let headers = signed_by(&signer(key_id), Scheme::Rfc9421, &url, &body, at);
    Draft { url, headers, body }
}

fn genuine(person: &Person, activity: &Value) -> Draft {
    signed(person, &person.key_id, activity, SystemClock.now())
}

fn parameters(key_id: &str, seconds_ago: i64) -> String {
    let created = SystemClock.now().as_millis() / 1000 - seconds_ago;
    format!(";created={created};keyid=\"{key_id}\"")
}

async fn what_is_signed_by_rfc_9421_counts(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let (follow, like) = (ada.follow(), ada.like());
    let reply = ada.create(&ada.reply("I sign", Audience::Public));
    for (activity, expected) in [
        (&follow, (1, 0)),
        (&like, (1, 1)),
        (&like, (1, 1)),
        (&reply, (1, 1)),
        (&ada.undo(&follow), (0, 1)),
    ] {
        let status = genuine(&ada, activity).send(&world).await.unwrap();
        assert_eq!(status, 202, "{activity}");
        let numbers = (world.followers().await, world.endorsers().await);
        assert_eq!(numbers, expected, "{activity}");
    }
    let bob = world.person("Bob Carver");
    for (number, components) in [
        &["@method", "@authority", "@request-target", "content-digest"][..],
        &["@authority", "@path", "@query", "@method", "content-digest"],
        &[
            "date",
            "@target-uri",
            "content-digest",
            "@method",
            "content-type",
        ],
    ]
    .into_iter()
    .enumerate()
    {
        let bob = world.person(&format!("Bob{number} Carver"));
        let parameters = parameters(&bob.key_id, 0);
        let draft = Draft::rfc9421(&bob, &bob.like(), components, &parameters);
        assert_eq!(draft.send(&world).await.unwrap(), 202, "{components:?}");
    }
    // A second knock, after a first one by the other scheme.
    let like = bob.like();
    let mut first = Draft::genuine(&bob, &like);
    first.set("signature", "keyId=\"a\",signature=\"YQ==\"");
    assert_eq!(first.send(&world).await.unwrap(), 401);
    assert_eq!(genuine(&bob, &like).send(&world).await.unwrap(), 202);
    assert_eq!(world.endorsers().await, 5);
    world.assert_is_sound();
}

/// The people of an attack: `ada` is the victim, `bob` has an account on her server, `eve` on another one.
struct Cast {
    ada: Person,
    bob: Person,
    eve: Person,
}

impl Cast {
    fn like(&self) -> Draft {
        genuine(&self.ada, &self.ada.like())
    }

    fn signed_by(&self, key_id: &str) -> Draft {
        signed(&self.ada, key_id, &self.ada.like(), SystemClock.now())
    }

    fn covering(&self, components: &[&str]) -> Draft {
        self.with(components, &parameters(&self.ada.key_id, 0))
    }

    fn with(&self, components: &[&str], parameters: &str) -> Draft {
        Draft::rfc9421(&self.ada, &self.ada.like(), components, parameters)
    }

    fn made_for(&self, url: &str) -> Draft {
        let (mut draft, url) = (self.like(), Url::parse(url).unwrap());
        let host = draft.headers["host"].clone();
        let now = SystemClock.now();
        draft.headers = signed_by(
            &signer(&self.ada.key_id),
            Scheme::Rfc9421,
            &url,
            &draft.body,
            now,
        );
        draft.headers.insert("host", host);
        draft
    }
}

/// Puts one text for another into a header of a genuine request.
fn edited(mut draft: Draft, name: &'static str, from: &str, to: &str) -> Draft {
    let genuine = draft.headers[name].to_str().unwrap().to_owned();
    let changed = genuine.replace(from, to);
    assert_ne!(changed, genuine);
    draft.set(name, &changed);
    draft
}

/// Each row is one way to forge a like of Ada's.
const FORGERIES: [(&str, fn(&Cast) -> Draft); 22] = [
    ("unsigned, but for the list", |cast| {
        let mut draft = cast.like();
        draft.headers.remove("signature");
        draft
    }),
    ("the body was swapped", |cast| Draft {
        body: cast.ada.like().to_string().into_bytes(),
        ..genuine(&cast.ada, &cast.ada.follow())
    }),
    ("body and digest were swapped", |cast| {
        let (mut draft, other) = (genuine(&cast.ada, &cast.ada.follow()), cast.like());
        let digest = other.headers["content-digest"].clone();
        draft.headers.insert("content-digest", digest);
        Draft {
            body: other.body,
            ..draft
        }
    }),
    ("the digest is not signed", |cast| {
        cast.covering(&["@method", "@target-uri"])
    }),
    ("the digest is gone", |cast| {
        let mut draft = cast.like();
        draft.headers.remove("content-digest");
        draft
    }),
    ("the method is not signed", |cast| {
        cast.covering(&["@target-uri", "content-digest"])
    }),
    ("the target is not signed", |cast| {
        cast.covering(&["@method", "@authority", "content-digest"])
    }),
    ("the host is not signed", |cast| {
        cast.covering(&["@method", "@request-target", "content-digest"])
    }),
    ("made for another host", |cast| {
        cast.made_for("http://elsewhere.example/inbox")
    }),
    ("made for another scheme", |cast| {
        let ours = cast.ada.letters("/inbox");
        cast.made_for(&ours.replace("http:", "https:"))
    }),
    ("made for the other inbox", |cast| Draft {
        url: Url::parse(&cast.ada.letters("/actor/inbox")).unwrap(),
        ..cast.like()
    }),
    ("two hours old", |cast| {
        cast.with(&PROFILE, &parameters(&cast.ada.key_id, 7200))
    }),
    ("two hours ahead", |cast| {
        cast.with(&PROFILE, &parameters(&cast.ada.key_id, -7200))
    }),
    ("expired", |cast| {
        let parameters = parameters(&cast.ada.key_id, 0) + ";expires=1795348800";
        cast.with(&PROFILE, &parameters)
    }),
    ("of no time", |cast| {
        cast.with(&PROFILE, &format!(";keyid=\"{}\"", cast.ada.key_id))
    }),
    ("by no key", |cast| {
        let parameters = parameters("a", 0).replace(";keyid=\"a\"", "");
        cast.with(&PROFILE, &parameters)
    }),
    ("by another algorithm", |cast| {
        let parameters = parameters(&cast.ada.key_id, 0) + ";alg=\"hmac-sha256\"";
        cast.with(&PROFILE, &parameters)
    }),
    ("younger than it was signed", |cast| {
        let old = parameters(&cast.ada.key_id, 7200);
        let draft = cast.with(&PROFILE, &old);
        let now = parameters(&cast.ada.key_id, 0);
        edited(draft, "signature-input", &old, &now)
    }),
    ("with a component that is only a part of a header", |cast| {
        let list = "\"content-digest\"";
        edited(
            cast.like(),
            "signature-input",
            list,
            "\"content-digest\";key=\"sha-256\"",
        )
    }),
    ("with two signatures", |cast| {
        let draft = edited(cast.like(), "signature", "sig1=", "sig0=:YQ==:, sig1=");
        let input = "sig0=(\"@method\");created=1;keyid=\"a\", sig1=";
        edited(draft, "signature-input", "sig1=", input)
    }),
    ("with another label", |cast| {
        edited(cast.like(), "signature", "sig1=", "sig2=")
    }),
    ("with a signature by the other scheme beside", |cast| {
        let (mut draft, other) = (cast.like(), Draft::genuine(&cast.ada, &cast.ada.follow()));
        let older = other.headers["signature"].clone();
        draft.headers.append("signature", older);
        draft
    }),
];

/// Authentic, but not signed by its actor: accepted as forwarded, and nothing in it is believed.
const PASSED_ON: [(&str, fn(&Cast) -> Draft); 2] = [
    ("signed by a neighbour", |cast| {
        cast.signed_by(&cast.bob.key_id)
    }),
    ("signed by somebody on another host", |cast| {
        cast.signed_by(&cast.eve.key_id)
    }),
];

async fn what_is_forged_by_rfc_9421_changes_nothing(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let mut cast = Cast {
        ada: world.person("Ada Lovelace"),
        bob: world.person("Bob Carver"),
        eve: world.person_on(&elsewhere, "Eve Moneypenny", |_| ()),
    };
    let refused = FORGERIES.into_iter().map(|it| (it, 401));
    let rows = refused.chain(PASSED_ON.into_iter().map(|it| (it, 202)));
    for (number, ((name, forge), status)) in rows.enumerate() {
        // A new person for each row, because what is known of her would change the result.
        cast.ada = world.person(&format!("Ada{number} Lovelace"));
        let known = i64::try_from(number).unwrap();
        assert_eq!(forge(&cast).send(&world).await.unwrap(), status, "{name}");
        assert_eq!(world.endorsers().await, known, "{name}");
        assert_eq!(cast.like().send(&world).await.unwrap(), 202, "{name}");
        assert_eq!(world.endorsers().await, known + 1, "the twin of: {name}");
    }
    assert_eq!(world.followers().await, 0);
    for quiet in [&cast.bob, &cast.eve] {
        let shown = world.letter.command(&["endorsement", "show", &quiet.id]);
        assert_eq!(shown.code, 3, "{}", quiet.id);
    }
    world.assert_is_sound();
}

/// With nothing but what `endorsement show --evidence` prints, by either scheme, also when the sender signed
/// a header that we have no use for.
async fn what_is_kept_of_a_request_can_be_verified_by_anybody(database: &str) {
    let world = World::new(database).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let older = ["(request-target)", "host", "date", "digest", "x-purpose"];
    let newer = ["@method", "@target-uri", "content-digest", "x-purpose"];
    let now = parameters(&bob.key_id, 0);
    let drafts = [
        Draft::careless(&ada, &ada.like(), &older, "rsa-sha256"),
        Draft::rfc9421(&bob, &bob.like(), &newer, &now),
    ];
    for (person, draft) in [&ada, &bob].into_iter().zip(drafts) {
        assert_eq!(draft.send(&world).await.unwrap(), 202, "{}", person.id);
        let command = ["endorsement", "show", &person.id, "--evidence"];
        let shown = world.letter.json(&command);
        assert_eq!(verify(&shown["request"], &world.letter.origin), Ok(()));
        let mut forged = shown["request"].clone();
        forged["path"] = "/actor/inbox".into();
        let refused = verify(&forged, &world.letter.origin);
        assert_eq!(refused, Err(Refusal::SignatureMismatch));
    }
}

/// Whether a kept request verifies as its sender's.
fn verify(kept: &Value, origin: &str) -> Result<(), Refusal> {
    let text = |name: &str| kept[name].as_str().unwrap();
    let mut headers = HeaderMap::new();
    for line in kept["headers"].as_array().unwrap() {
        let (name, value) = line.as_str().unwrap().split_once(": ").unwrap();
        let name = HeaderName::try_from(name).unwrap();
        headers.append(name, value.parse().unwrap());
    }
    let received = Received {
        method: &text("method").parse().unwrap(),
        target: text("path"),
        headers: &headers,
        body: text("body").as_bytes(),
    };
    let at = serde_json::from_value(kept["received_at"].clone()).unwrap();
    let claim = inspect(&received, origin, at)?;
    assert_eq!(claim.key_id, text("key_id"));
    claim.verify(&PublicKey::from_pem(text("key")).unwrap())
}
