//! Tests of the client as a whole: certificates, the environment, names that change their address,
//! and what the library is given.

use std::{
    io::Write as _,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::Router;
use reqwest::dns::{Addrs, Name, Resolving};

use super::{
    single_flight::{FetchLane, SingleFlight},
    testing::{
        ACTIVITY, LD, Server, answer, client, letters_signer, public_settings, redirect, settings,
        signer, status,
    },
    *,
};

/// A certificate authority nobody trusts; its key is gone.
const CA: &str = include_str!("testdata/ca.pem");

/// Runs one test of this file by itself in another environment, because an environment cannot be
/// changed safely while tests run side by side. Gives back what it printed.
fn run_alone(test: &str, environment: &[(&str, &str)]) -> String {
    let (_, module) = module_path!().split_once("::").unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([&format!("{module}::{test}"), "--exact", "--nocapture"])
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("1 passed"), "{printed}");
    printed
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "read by the test below, which runs this one"
)]
fn the_client_is_built_with_whatever_certificates_there_are() {
    for ca_file in [None, Some(temporary(CA))] {
        let path = ca_file.as_ref().map(|it| it.path().to_owned());
        let (_, notices) = Client::new(ClientSettings {
            ca_file: path,
            ..public_settings()
        })
        .unwrap();
        for notice in notices {
            println!("notice: {notice}");
        }
    }
}

#[test]
fn without_a_certificate_store_it_works_and_names_the_package() {
    let nowhere = [
        ("SSL_CERT_FILE", "/nowhere.pem"),
        ("SSL_CERT_DIR", "/nowhere"),
    ];
    let test = "the_client_is_built_with_whatever_certificates_there_are";
    let printed = run_alone(test, &nowhere);
    assert_eq!(printed.matches("notice: ").count(), 2, "{printed}");
    assert!(printed.contains("`ca-certificates` (Debian)"), "{printed}");

    let store = temporary(CA);
    let printed = run_alone(test, &[("SSL_CERT_FILE", store.path().to_str().unwrap())]);
    assert!(!printed.contains("notice: "), "{printed}");
}

#[test]
fn a_ca_file_that_is_none_is_an_error() {
    let check = |path: PathBuf, expected: &str| {
        let Err(error) = Client::new(ClientSettings {
            ca_file: Some(path),
            ..public_settings()
        }) else {
            panic!("taken, not {expected}");
        };
        let shown = format!("{error:?}");
        assert!(shown.starts_with(expected), "{shown}");
    };
    check("/nowhere/ca.pem".into(), "CaFile");
    check(temporary("").path().to_owned(), "CaEmpty");
    check(temporary("not PEM").path().to_owned(), "CaEmpty");
    let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    check(temporary(broken).path().to_owned(), "CaFormat");
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check(temporary(empty).path().to_owned(), "CaFormat");
}

fn temporary(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[tokio::test]
async fn without_a_laboratory_nothing_private_opens_by_any_door() {
    let server = Server::start(Router::new()).await;
    let client = client(public_settings());
    let private = [
        server.url("/"),
        server.url_at("localhost", "/"),
        "https://m.example/".parse().unwrap(),
    ];
    for url in private {
        let fetched = client.fetch(&url, Accept::Anything).await;
        assert!(
            matches!(
                &fetched,
                Err(FetchError::Unreachable(FetchFailure::Forbidden(_)))
            ),
            "{url}: {fetched:?}"
        );
        let read = read_by_the_library(&client, url.clone()).await;
        assert!(
            matches!(
                &read,
                Err(FetchError::Unreachable(FetchFailure::Forbidden(_)))
            ),
            "{url}: {read:?}"
        );
    }
    assert!(server.hits().is_empty());
}

#[tokio::test]
async fn the_laboratory_is_reached_without_a_detour() {
    let server = Server::start(Router::new().fallback(|| async { answer(ACTIVITY, "{}") })).await;
    let fetched = client(settings())
        .fetch(&server.url("/"), Accept::Activity)
        .await;
    assert!(fetched.is_ok(), "{fetched:?}");
}

#[test]
fn no_variable_of_the_environment_opens_or_diverts_anything() {
    let environment = [
        ("DANGER_FEDERATION_ALLOW_LOCAL_IP", "1"),
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("http_proxy", "http://127.0.0.1:9"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("ALL_PROXY", "http://127.0.0.1:9"),
        ("NO_PROXY", ""),
    ];
    run_alone(
        "without_a_laboratory_nothing_private_opens_by_any_door",
        &environment,
    );
    run_alone("the_laboratory_is_reached_without_a_detour", &environment);
}

/// The first look-up says 127.0.0.1, all others say 127.0.0.2.
#[derive(Debug, Default)]
struct Rebinding(AtomicUsize);

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let last = if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
            1
        } else {
            2
        };
        let found: Addrs = Box::new(std::iter::once(([127, 0, 0, last], 0).into()));
        Box::pin(async { Ok(found) })
    }
}

#[tokio::test]
async fn the_address_that_is_connected_to_is_the_one_that_is_checked() {
    let router = || {
        Router::new().fallback(|| async {
            let mut response = answer(ACTIVITY, "{}");
            response
                .headers_mut()
                .insert("connection", "close".parse().unwrap());
            response
        })
    };
    let allowed = Server::start(router()).await;
    // On the same port next door, where the laboratory of the settings ends.
    let private =
        Server::start_at(&format!("127.0.0.2:{}", allowed.address.port()), router()).await;
    let lookup = Arc::new(Rebinding::default());
    let client = client(ClientSettings {
        lookup: Arc::<Rebinding>::clone(&lookup),
        ..settings()
    });
    let url = allowed.url_at("m.example", "/");
    let first = client.fetch(&url, Accept::Activity).await;
    assert!(first.is_ok(), "{first:?}");
    let second = client.fetch(&url, Accept::Activity).await;
    assert!(
        matches!(
            &second,
            Err(FetchError::Unreachable(FetchFailure::Forbidden(
                Forbidden::OutsideLaboratory(_)
            )))
        ),
        "{second:?}"
    );
    assert_eq!((allowed.hits().len(), private.hits().len()), (1, 0));
    // One look-up for each connection: there is no earlier one that could have been the one checked.
    assert_eq!(lookup.0.load(Ordering::SeqCst), 2);
}

/// What the library's client makes of a URL.
async fn read_by_the_library(client: &Client, url: Url) -> Result<Response, FetchError> {
    let request = client.with_middleware().get(middleware::with_name(&url));
    let sent = request.header("accept", ACTIVITY).send().await;
    sent.map_err(|error| middleware::fetch_error(error).unwrap())
}

#[tokio::test]
async fn the_library_gets_the_document_that_the_client_gets() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        let host = request.headers()["host"].to_str().unwrap();
        match request.uri().path() {
            "/moved" => redirect("/ada"),
            "/ada" => {
                let body = format!(r#"{{"id":"http://{host}/ada"}}"#);
                let mut response = answer(LD, body);
                let headers = response.headers_mut();
                headers.insert("location", "http://m.example/".parse().unwrap());
                response
            }
            path => status(path.trim_start_matches('/').parse().unwrap()),
        }
    });
    let server = Server::start(router).await;
    let client = client(settings());
    client.set_signers([signer(), letters_signer()]);
    let fetches = SingleFlight::new(client.clone(), Arc::clone(&client.inner.clock));
    let fetches = fetches.with_middleware(FetchLane::Proven);
    for library in [client.with_middleware(), fetches] {
        let request = library.get(middleware::with_name(&server.url("/moved")));
        let response = request.send().await.unwrap();
        assert_eq!(*response.url(), server.url("/ada"));
        assert_eq!(response.headers()["content-type"], ACTIVITY);
        assert!(!response.headers().contains_key("location"));
        let body = response.text().await.unwrap();
        assert!(body.ends_with("/ada\"}"), "{body}");
    }
    assert_eq!(server.targets(), ["/moved", "/ada", "/moved", "/ada"]);
    for hit in server.hits() {
        assert!(hit.headers.contains_key("signature") && hit.headers.contains_key("date"));
        let accept = hit.headers["accept"].to_str().unwrap();
        assert!(
            accept.starts_with("application/activity+json, "),
            "{accept}"
        );
    }
    for (path, expected) in [
        ("/410", "Gone"),
        ("/404", "Missing"),
        ("/403", "Refused(403)"),
        ("/200", "Unreachable(MediaType(\"\"))"),
    ] {
        let error = read_by_the_library(&client, server.url(path)).await;
        assert_eq!(format!("{:?}", error.unwrap_err()), expected, "{path}");
    }
    let posted = client.with_middleware().post(server.url("/inbox")).send();
    assert!(posted.await.unwrap_err().is_middleware());
    assert!(!server.targets().contains(&"/inbox".to_owned()));
}

#[tokio::test]
async fn the_library_is_kept_in_time_and_by_the_block_list() {
    let server = Server::start(Router::new().fallback(std::future::pending::<String>)).await;
    let blocked: HostCheck = Arc::new(|host| host == "bad.example");
    let timeout = Duration::from_millis(50);
    let client = client(ClientSettings {
        timeout,
        blocked,
        ..settings()
    });
    for (url, expected) in [
        (server.url("/"), "TimedOut"),
        (server.url_at("bad.example", "/"), "Forbidden(Blocked"),
        (server.url_at("[::1]", "/"), "Forbidden(OutsideLaboratory"),
    ] {
        let response = read_by_the_library(&client, url).await;
        let error = format!("{:?}", response.unwrap_err());
        let begins = format!("Unreachable({expected}");
        assert!(error.starts_with(&begins), "{error} is not {expected}");
    }
}
