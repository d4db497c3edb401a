//! A fake forge: one issue with its comments, by the published APIs of GitHub and of Forgejo, with pages, validators, rate
//! limits and signed webhooks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    hash::Sha256,
};

use super::{
    fediverse::{FakeServer, Reply, Request},
    world::World,
};

/// Owner and repository.
pub(crate) const REPOSITORY: &str = "Own/re";

/// The number of the issue.
pub(crate) const NUMBER: u64 = 7;

/// The secret of its webhook.
pub(crate) const SECRET: &str = "hush";

/// Which forge it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForgeBrand {
    Github,
    Forgejo,
}

#[derive(Clone, Debug)]
struct Account {
    login: String,
    name: Option<String>,
    created_at: Millis,
}

#[derive(Clone, Debug)]
struct Comment {
    /// The number of the account; `None` once that was deleted.
    author: Option<i64>,
    body: String,
    created_at: Millis,
    updated_at: Millis,
}

#[derive(Debug)]
struct Inside {
    brand: ForgeBrand,
    /// The time of the next thing that happens here.
    now: Millis,
    /// The number of the issue among all issues.
    issue_id: i64,
    body: String,
    locked: bool,
    accounts: BTreeMap<i64, Account>,
    comments: BTreeMap<u64, Comment>,
    last_id: u64,
    /// What the issue and its comments answer instead.
    refusal: Option<Reply>,
    /// How many requests are answered before the limit is spent.
    requests_left: Option<u64>,
    /// Target and `Authorization` of each request.
    asked: Vec<(String, String)>,
}

/// The forge. It stops with this value.
#[derive(Debug)]
pub(crate) struct Forge {
    server: FakeServer,
    inside: Arc<Mutex<Inside>>,
}

impl Forge {
    /// A forge of this brand with an issue without comments.
    pub(crate) fn start(brand: ForgeBrand) -> Self {
        let inside = Arc::new(Mutex::new(Inside {
            brand,
            now: SystemClock.now(),
            issue_id: 1,
            body: String::new(),
            locked: false,
            accounts: BTreeMap::new(),
            comments: BTreeMap::new(),
            last_id: 100,
            refusal: None,
            requests_left: None,
            asked: Vec::new(),
        }));
        let shared = Arc::clone(&inside);
        let server = FakeServer::deciding(move |request| shared.lock().unwrap().answer(request));
        Self { server, inside }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// The address of the issue.
    pub(crate) fn thread(&self) -> String {
        self.server.url(&format!("/{REPOSITORY}/issues/{NUMBER}"))
    }

    /// The settings by which it is GitHub, if it is.
    pub(crate) fn addresses(&self) -> String {
        match self.inside().brand {
            ForgeBrand::Github => format!(
                "links.github_api = '{0}/api-github'\nlinks.github_pages = '{0}'\n",
                self.server.origin
            ),
            ForgeBrand::Forgejo => String::new(),
        }
    }

    /// The settings by which its comments sign, with these keys of the thread besides.
    pub(crate) fn settings(&self, keys: &str) -> String {
        let addresses = self.addresses();
        let thread = self.thread();
        format!("{addresses}forge.threads = [{{url = '{thread}'{keys}}}]\nlinks.github = false\n")
    }

    /// An account with this login and display name, which is years old; its number.
    pub(crate) fn account(&self, login: &str, name: Option<&str>) -> i64 {
        let mut inside = self.inside();
        let number = 500 + i64::try_from(inside.accounts.len()).unwrap();
        let account = Account {
            login: login.to_owned(),
            name: name.map(str::to_owned),
            created_at: Millis::parse_rfc3339("2015-01-01T00:00:00Z").unwrap(),
        };
        inside.accounts.insert(number, account);
        number
    }

    /// Somebody comments; the number of the comment.
    pub(crate) fn comment(&self, author: i64, body: &str) -> u64 {
        let mut inside = self.inside();
        let now = inside.tick();
        inside.last_id += 1;
        let comment = Comment {
            author: Some(author),
            body: body.to_owned(),
            created_at: now,
            updated_at: now,
        };
        let id = inside.last_id;
        inside.comments.insert(id, comment);
        id
    }

    /// A comment is edited.
    pub(crate) fn edit(&self, id: u64, body: &str) {
        self.change(|inside| {
            let now = inside.tick();
            let comment = inside.comments.get_mut(&id).unwrap();
            body.clone_into(&mut comment.body);
            comment.updated_at = now;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Inside)) {
        change(&mut self.inside());
    }

    /// A comment is edited once more within the second of its last edit.
    pub(crate) fn edit_in_the_same_second(&self, id: u64, body: &str) {
        self.change(|inside| body.clone_into(&mut inside.comments.get_mut(&id).unwrap().body));
    }

    /// A comment is deleted.
    pub(crate) fn delete(&self, id: u64) {
        let mut inside = self.inside();
        inside.tick();
        inside.comments.remove(&id).unwrap();
    }

    /// An account gets another login.
    pub(crate) fn rename(&self, account: i64, login: &str) {
        self.change(|inside| {
            login.clone_into(&mut inside.accounts.get_mut(&account).unwrap().login);
        });
    }

    /// An account is deleted; its comments stay, and are nobody's.
    pub(crate) fn delete_account(&self, account: i64) {
        let mut inside = self.inside();
        inside.accounts.remove(&account).unwrap();
        for comment in inside.comments.values_mut() {
            comment.author = comment.author.filter(|author| *author != account);
        }
    }

    /// What happens from now on happened so long ago.
    pub(crate) fn set_back(&self, by: Duration) {
        let mut inside = self.inside();
        inside.now = inside.now.minus(by);
    }

    /// The repository is deleted, and made again under its old name with an issue of its own.
    pub(crate) fn make_again(&self) {
        let mut inside = self.inside();
        inside.tick();
        inside.issue_id += 1;
        inside.comments.clear();
    }

    /// What happens from now on happens so much later.
    pub(crate) fn pass(&self, by: Duration) {
        let mut inside = self.inside();
        inside.now = inside.now.plus(by);
    }

    /// Locks the issue.
    pub(crate) fn lock(&self) {
        self.inside().locked = true;
    }

    /// Writes the opening post.
    pub(crate) fn open_with(&self, body: &str) {
        body.clone_into(&mut self.inside().body);
    }

    /// From now on the issue and everything below it answers so; `None` as before.
    pub(crate) fn refuse(&self, refusal: Option<Reply>) {
        self.inside().refusal = refusal;
    }

    /// From now on only so many requests are answered.
    pub(crate) fn limit(&self, requests: Option<u64>) {
        self.inside().requests_left = requests;
    }

    /// Target and `Authorization` of each request so far.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.inside().asked.clone()
    }

    /// The body of a webhook: this happened to a comment, and this account did it.
    pub(crate) fn payload(&self, action: &str, id: u64, sender: i64) -> String {
        let (issue, comment) = {
            let inside = self.inside();
            (inside.issue(), inside.comment(id, &inside.comments[&id]))
        };
        let payload = json!({
            "action": action,
            "issue": issue,
            "comment": comment,
            "repository": {
                "id": 1, "full_name": REPOSITORY.to_lowercase(), "html_url": self.server.url(&format!("/{REPOSITORY}")),
            },
            "sender": {"id": sender, "login": "somebody"},
        });
        payload.to_string()
    }

    /// Sends a webhook as this forge signs it; the status of the answer.
    pub(crate) async fn send(&self, world: &World, payload: &str) -> u16 {
        let brand = self.inside().brand;
        let signature = match brand {
            ForgeBrand::Github => (
                "x-hub-signature-256",
                format!("sha256={}", hex(SECRET, payload)),
            ),
            ForgeBrand::Forgejo => ("x-forgejo-signature", hex(SECRET, payload)),
        };
        deliver(world, "127.0.0.1", Some(signature), payload).await
    }

    /// Says by a webhook what happened to a comment, as the forge does when its author did it.
    pub(crate) async fn tell(&self, world: &World, action: &str, id: u64) {
        let author = self.inside().comments[&id].author;
        let payload = self.payload(action, id, author.unwrap_or(-1));
        assert_eq!(self.send(world, &payload).await, 202, "{action}");
    }
}

/// The HMAC of a body by this secret, in hexadecimal digits.
pub(crate) fn hex(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    let digits = tag.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// Sends a webhook to this name with this signature; the status of the answer.
pub(crate) async fn deliver(
    world: &World,
    name: &str,
    signature: Option<(&str, String)>,
    payload: &str,
) -> u16 {
    let url = format!("{}/hooks/forge/{name}", world.letter.origin);
    let mut request = world.client.post(url).body(payload.to_owned());
    request = request.header("content-type", "application/json");
    if let Some((header, value)) = signature {
        request = request.header(header, value);
    }
    request.send().await.unwrap().status().as_u16()
}

impl Inside {
    /// The next second but one: an edit is later than what it edits.
    fn tick(&mut self) -> Millis {
        self.now = self.now.plus(Duration::from_secs(2));
        self.now
    }

    fn answer(&mut self, request: &Request) -> Reply {
        let authorization = request.headers.get("authorization");
        let authorization = authorization.map_or("", |value| value.to_str().unwrap());
        let target = request.target.clone();
        self.asked.push((target.clone(), authorization.to_owned()));
        let base = match self.brand {
            ForgeBrand::Github => "/api-github/",
            ForgeBrand::Forgejo => "/api/v1/",
        };
        let Some(rest) = request.path().strip_prefix(base) else {
            return Reply::Status(404);
        };
        if rest == "rate_limit" {
            let left = self.requests_left.unwrap_or(60);
            return ok(
                &json!({"rate": {"limit": 60, "remaining": left, "reset": self.now.as_millis() / 1000}}),
                request,
            );
        }
        if self.requests_left == Some(0) {
            let next_hour = (SystemClock.now().as_millis() / 1000 + 3600).to_string();
            let headers = vec![
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-reset", next_hour),
            ];
            return Reply::Sent(403, headers, b"{}".to_vec());
        }
        self.requests_left = self.requests_left.map(|left| left - 1);
        match (self.brand, rest) {
            (ForgeBrand::Forgejo, "version") => {
                ok(&json!({"version": "11.0.0+gitea-1.22.0"}), request)
            }
            (ForgeBrand::Github, rest) if rest.starts_with("user/") => {
                let account: i64 = rest.trim_start_matches("user/").parse().unwrap();
                match self.accounts.get(&account) {
                    Some(found) => ok(&found.json(account, self.brand, true), request),
                    None => Reply::Status(404),
                }
            }
            (_, rest) => self.below_repository(rest, request),
        }
    }

    fn below_repository(&self, rest: &str, request: &Request) -> Reply {
        if let Some(refusal) = &self.refusal {
            return refusal.clone();
        }
        let Some(rest) = rest.strip_prefix(&format!("repos/{REPOSITORY}/issues/")) else {
            return Reply::Status(404);
        };
        if let Some(id) = rest.strip_prefix("comments/") {
            let id: u64 = id.parse().unwrap();
            return match self.comments.get(&id) {
                Some(comment) => ok(&self.comment(id, comment), request),
                None => Reply::Status(404),
            };
        }
        let list = match self.brand {
            ForgeBrand::Github => format!("{NUMBER}/comments"),
            ForgeBrand::Forgejo => format!("{NUMBER}/timeline"),
        };
        if rest == NUMBER.to_string() {
            return ok(&self.issue(), request);
        }
        if rest == list {
            return ok(&self.page(request), request);
        }
        Reply::Status(404)
    }

    fn page(&self, request: &Request) -> Value {
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let number = |name: &str, default: usize| {
            query
                .get(name)
                .map_or(default, |text| text.parse().unwrap())
        };
        let since = query
            .get("since")
            .map(|text| Millis::parse_rfc3339(text).unwrap());
        let (limit, most) = match self.brand {
            ForgeBrand::Github => ("per_page", 100),
            ForgeBrand::Forgejo => ("limit", 50),
        };
        let size = number(limit, 30).min(most);
        let wanted = self.comments.iter().filter(|(_, comment)| {
            since.is_none_or(|since| seconds(comment.updated_at) >= seconds(since))
        });
        let page = wanted.skip((number("page", 1) - 1) * size).take(size);
        let mut page: Vec<_> = page
            .map(|(id, comment)| self.comment(*id, comment))
            .collect();
        if self.brand == ForgeBrand::Forgejo && page.is_empty() {
            return Value::Null;
        }
        if self.brand == ForgeBrand::Forgejo {
            // Another event, without a body.
            let time = self.now.to_rfc3339();
            page.push(json!({"id": 1, "type": "label", "user": null, "created_at": time, "updated_at": time}));
        }
        Value::Array(page)
    }

    fn issue(&self) -> Value {
        let mut issue = json!({
            "id": self.issue_id, "number": NUMBER, "title": "Sign here", "body": self.body, "state": "open",
            "comments": self.comments.len(), "updated_at": self.now.to_rfc3339(),
        });
        let locked = match self.brand {
            ForgeBrand::Github => "locked",
            ForgeBrand::Forgejo => "is_locked",
        };
        issue[locked] = json!(self.locked);
        issue
    }

    fn comment(&self, id: u64, comment: &Comment) -> Value {
        let author = comment.author;
        let user = match (author, self.brand) {
            (Some(author), brand) => self.accounts[&author].json(author, brand, false),
            (None, ForgeBrand::Github) => json!({"id": 10_137, "login": "ghost", "type": "User"}),
            (None, ForgeBrand::Forgejo) => json!({"id": -1, "login": "Ghost"}),
        };
        let mut document = json!({
            "id": id, "user": user, "body": comment.body,
            "created_at": comment.created_at.to_rfc3339(), "updated_at": comment.updated_at.to_rfc3339(),
        });
        if self.brand == ForgeBrand::Forgejo {
            document["type"] = json!("comment");
        }
        document
    }
}

impl Account {
    /// GitHub's comments bring neither name nor age.
    fn json(&self, number: i64, brand: ForgeBrand, is_own_document: bool) -> Value {
        let created = self.created_at.to_rfc3339();
        match (brand, is_own_document) {
            (ForgeBrand::Github, false) => {
                json!({"id": number, "login": self.login, "type": "User"})
            }
            (ForgeBrand::Github, true) => json!({
                "id": number, "login": self.login, "type": "User", "name": self.name, "created_at": created,
            }),
            (ForgeBrand::Forgejo, _) => json!({
                "id": number, "login": self.login, "full_name": self.name.clone().unwrap_or_default(), "created": created,
            }),
        }
    }
}

const fn seconds(at: Millis) -> i64 {
    at.as_millis().div_euclid(1000)
}

/// A document with its validator, or that it did not change.
fn ok(document: &Value, request: &Request) -> Reply {
    let body = document.to_string();
    let etag = format!("W/\"{}\"", Sha256::of(&body).hex());
    let known = request.headers.get("if-none-match");
    if known.is_some_and(|known| known.to_str().unwrap() == etag) {
        return Reply::Status(304);
    }
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("etag", etag),
    ];
    Reply::Sent(200, headers, body.into_bytes())
}
