//! `evidence verify`, and the file that it checks.
//!
//! The file holds a request as it was delivered and the key that its sender had then. Whoever has it can check, without us,
//! that this key signed this request: `docs/HANDOVER.md` says how, with OpenSSL.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Subcommand;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    context::CommandContext,
    files::write_new,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    endorsement::ActKind,
    server::{Environment, environment},
    signature::{PublicKey, Received, Scheme, UnverifiedSignature, inspect},
    store::{EndorsementSummary, EvidenceRow},
    text::with_causes,
};

#[derive(Debug, Subcommand)]
pub(super) enum EvidenceCommand {
    /// Check a file without database, configuration and network: whether its key signed its request; exit code 5 when it did not
    Verify {
        /// The file
        file: PathBuf,
    },
}

/// The `format` of the file.
const FORMAT: &str = "undersigned evidence 1";

/// What a file shows that holds.
const SHOWS: &str = "the holder of this key signed exactly this request";
/// What it does not show.
const SHOWS_NOT: &str = "that the key was this account's: only its server could say so, and the key stands here as that \
                         server gave it to us; that the account did not take the act back since";

/// A request, and what is needed to check its signature. Members are only ever added.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EvidenceFile {
    format: String,
    /// What the request shows, and what not.
    shows: String,
    shows_not: String,
    /// The id of the letter.
    letter: String,
    /// The endorsement's public id.
    endorsement: String,
    /// The actor that signed.
    actor: String,
    /// What came of it: the state of the endorsement when the file was written.
    state: String,
    /// Scheme, host and port to which the request was sent.
    origin: String,
    method: String,
    /// Path and query.
    path: String,
    /// The headers that are signed or needed, as received.
    headers: Vec<String>,
    /// The body in base64.
    body: String,
    key_id: String,
    /// The key at that time, in PEM.
    key: String,
    /// `draft-cavage-12` or `rfc9421`.
    scheme: String,
    /// `rsa-sha256`: RSASSA-PKCS1-v1_5.
    algorithm: String,
    received_at: Millis,
    /// What is signed, as the scheme builds it from the request.
    signed_text: String,
    /// The signature of that in base64.
    signature: String,
}

/// Why a file proves nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
enum Unproved {
    #[error("its `{0}` cannot be read")]
    Unreadable(&'static str),
    #[error("{0}")]
    Refused(String),
    #[error("its `{0}` is not what follows from the request")]
    Differs(&'static str),
}

impl EvidenceFile {
    /// The file of a stored request.
    fn of(
        row: &EvidenceRow,
        about: &EndorsementSummary,
        letter: &str,
        origin: &str,
    ) -> Result<Self, Unproved> {
        let mut file = Self {
            format: FORMAT.to_owned(),
            shows: SHOWS.to_owned(),
            shows_not: SHOWS_NOT.to_owned(),
            letter: letter.to_owned(),
            endorsement: about.public_id.to_string(),
            actor: about.actor.clone(),
            state: about.state.clone(),
            origin: origin.to_owned(),
            method: row.method.clone(),
            path: row.path.clone(),
            headers: row.headers.lines().map(str::to_owned).collect(),
            body: STANDARD.encode(&row.body),
            key_id: row.key_id.clone(),
            key: row.pem.clone(),
            scheme: String::new(),
            algorithm: "rsa-sha256".to_owned(),
            received_at: row.received_at,
            signed_text: String::new(),
            signature: String::new(),
        };
        let (scheme, signature) = file.rebuilt()?;
        scheme.clone_into(&mut file.scheme);
        file.signed_text = String::from_utf8_lossy(signature.signed_bytes()).into_owned();
        file.signature = STANDARD.encode(signature.signature());
        Ok(file)
    }

    /// The scheme, and the signature with what it signs, from the request alone.
    fn rebuilt(&self) -> Result<(&'static str, UnverifiedSignature), Unproved> {
        let mut headers = HeaderMap::new();
        for line in &self.headers {
            let (name, value) = line
                .split_once(": ")
                .ok_or(Unproved::Unreadable("headers"))?;
            let name = HeaderName::try_from(name).ok();
            let value = HeaderValue::try_from(value).ok();
            let (name, value) = name.zip(value).ok_or(Unproved::Unreadable("headers"))?;
            headers.append(name, value);
        }
        let method = Method::try_from(self.method.as_str()).ok();
        let body = STANDARD.decode(&self.body).ok();
        let request = Received {
            method: &method.ok_or(Unproved::Unreadable("method"))?,
            target: &self.path,
            headers: &headers,
            body: &body.ok_or(Unproved::Unreadable("body"))?,
        };
        // The window of time is that of the moment at which it arrived.
        let signature = inspect(&request, &self.origin, self.received_at)
            .map_err(|refusal| Unproved::Refused(refusal.to_string()))?;
        let scheme = match Scheme::of(&headers) {
            Scheme::Cavage => "draft-cavage-12",
            Scheme::Rfc9421 => "rfc9421",
        };
        Ok((scheme, signature))
    }

    /// Checks everything that the file says about the signature.
    fn check(&self) -> Result<(), Unproved> {
        if self.format != FORMAT {
            return Err(Unproved::Unreadable("format"));
        }
        let (scheme, signature) = self.rebuilt()?;
        let body = STANDARD.decode(&self.body).unwrap_or_default();
        let activity: Value =
            serde_json::from_slice(&body).map_err(|_cause| Unproved::Unreadable("body"))?;
        let actor = activity.get("actor");
        let id = actor.and_then(|actor| actor.get("id").or(Some(actor)));
        let told = [
            ("shows", self.shows == SHOWS),
            ("shows_not", self.shows_not == SHOWS_NOT),
            (
                "letter",
                self.letter
                    .strip_prefix(&self.origin)
                    .is_some_and(|path| path.starts_with('/')),
            ),
            ("scheme", self.scheme == scheme),
            ("algorithm", self.algorithm == "rsa-sha256"),
            ("key_id", self.key_id == signature.key_id),
            (
                "signed_text",
                self.signed_text.as_bytes() == signature.signed_bytes(),
            ),
            (
                "signature",
                self.signature == STANDARD.encode(signature.signature()),
            ),
            (
                "actor",
                id.and_then(Value::as_str) == Some(self.actor.as_str()),
            ),
        ];
        if let Some((member, _)) = told.into_iter().find(|(_, holds)| !holds) {
            return Err(Unproved::Differs(member));
        }
        let refused = |error: &dyn std::error::Error| Unproved::Refused(with_causes(error));
        let key = PublicKey::from_pem(&self.key).map_err(|error| refused(&error))?;
        signature.verify(&key).map_err(|error| refused(&error))
    }
}

/// What `evidence verify` found.
#[derive(Debug, Serialize)]
struct EvidenceJson<'a> {
    holds: bool,
    actor: &'a str,
    key_id: &'a str,
    received_at: Millis,
    shows: &'static str,
    shows_not: &'static str,
}

/// `evidence …`.
pub(super) fn run(ctx: &CommandContext, command: &EvidenceCommand) -> anyhow::Result<Exit> {
    let EvidenceCommand::Verify { file } = command;
    let shown = file.display();
    let text = environment::read(file)?;
    let evidence: EvidenceFile = serde_json::from_str(&text).with_context(|| {
        format!("{shown} is no file that `endorsement show --evidence --to` wrote")
    })?;
    if let Err(why) = evidence.check() {
        return end(
            Exit::Integrity,
            format!("{shown} proves nothing: {why}; ask for the file anew"),
        );
    }
    let found = EvidenceJson {
        holds: true,
        actor: &evidence.actor,
        key_id: &evidence.key_id,
        received_at: evidence.received_at,
        shows: SHOWS,
        shows_not: SHOWS_NOT,
    };
    let parts = [
        ("signature", "holds".to_owned()),
        ("actor", evidence.actor.clone()),
        ("key id", evidence.key_id.clone()),
        ("received at", evidence.received_at.to_string()),
        ("shows", SHOWS.to_owned()),
        ("shows not", SHOWS_NOT.to_owned()),
    ];
    ctx.output.object(&found, &parts)
}

/// Writes the request behind an endorsement to a new file, for `endorsement show ID --evidence --to FILE`.
pub(super) fn write(
    env: &Environment,
    about: &EndorsementSummary,
    row: Option<&EvidenceRow>,
    file: &Path,
) -> anyhow::Result<()> {
    let id = &about.public_id;
    let Some(row) = row else {
        return end(
            Exit::NotFound,
            format!("no request is kept of {id}; it ends with its act"),
        );
    };
    if about.kind == ActKind::Direct.as_str() {
        return end(
            Exit::Conflict,
            format!(
                "{id} signed by a direct message, of which only a digest is kept, so nobody else can check the request"
            ),
        );
    }
    if row.how != "signed" {
        return end(
            Exit::Conflict,
            format!(
                "{id} was read from its server, so nobody signed it for us; `--evidence` without `--to` shows from where \
                 and when"
            ),
        );
    }
    let written = EvidenceFile::of(row, about, &env.urls.letter(), env.urls.origin());
    let evidence = match written.and_then(|file| file.check().map(|()| file)) {
        Ok(evidence) => evidence,
        Err(why) => {
            return end(
                Exit::Conflict,
                format!(
                    "the request behind {id} cannot be checked by others: {why}; a body that is longer than \
                     `privacy.raw_max` is not kept"
                ),
            );
        }
    };
    let mut text = serde_json::to_string_pretty(&evidence)?;
    text.push('\n');
    write_new(file, text.as_bytes())
}
