//! Tests of redirects and of the ids of documents, over HTTP on loopback.

use axum::{Router, routing::get};

use super::{
    fetch::FetchBounds,
    testing::{
        ACTIVITY, Server, answer, check_unreachable, client, found, redirect, settings, status,
    },
    *,
};

#[tokio::test]
async fn three_redirects_are_followed_and_no_fourth() {
    let router = Router::new()
        .route("/4", get(|| async { redirect("/3") }))
        .route("/3", get(|| async { redirect("2#here") }))
        .route("/2", get(|| async { redirect("/1") }))
        .route("/1", get(|| async { redirect("/0") }))
        .fallback(|| async { answer(ACTIVITY, "{}") });
    let server = Server::start(router).await;
    let client = client(settings());
    let document = found(client.fetch(&server.url("/3"), Accept::Activity).await);
    assert_eq!(document.url, server.url("/0"));
    let fetched = client.fetch(&server.url("/4"), Accept::Activity).await;
    check_unreachable(&fetched, "TooManyRedirects");
}

#[tokio::test]
async fn a_circle_of_redirects_ends_at_the_first_repetition() {
    let router = Router::new()
        .route("/a", get(|| async { redirect("/b") }))
        .route("/b", get(|| async { redirect("/a") }))
        .route("/self", get(|| async { redirect("#again") }));
    let server = Server::start(router).await;
    let client = client(settings());
    check_unreachable(
        &client.fetch(&server.url("/a"), Accept::Activity).await,
        "RedirectLoop",
    );
    check_unreachable(
        &client.fetch(&server.url("/self"), Accept::Activity).await,
        "RedirectLoop",
    );
    assert_eq!(server.targets(), ["/a", "/b", "/self"]);
}

#[tokio::test]
async fn every_hop_is_checked() {
    let private = Server::start_at("127.0.0.2:0", Router::new()).await;
    for (location, expected) in [
        (
            private.url("/").to_string(),
            "Forbidden(OutsideLaboratory(127.0.0.2))",
        ),
        (
            "http://[::1]/".to_owned(),
            "Forbidden(OutsideLaboratory(::1))",
        ),
        (
            "http://169.254.169.254/latest".to_owned(),
            "Forbidden(OutsideLaboratory",
        ),
        (
            "https://ada@m.example/".to_owned(),
            "Forbidden(Credentials)",
        ),
        (
            "file:///etc/passwd".to_owned(),
            "Forbidden(Scheme(\"file\"))",
        ),
        (
            "http://sub.blocked.example/".to_owned(),
            "Forbidden(Blocked(\"sub.blocked.example\"))",
        ),
        ("http://[".to_owned(), "BadTarget"),
        (String::new(), "NoTarget"),
    ] {
        let router = Router::new().fallback(move || async move { redirect(&location) });
        let server = Server::start(router).await;
        let blocked: HostCheck = Arc::new(|host| host.ends_with(".blocked.example"));
        let client = client(ClientSettings {
            blocked,
            ..settings()
        });
        check_unreachable(
            &client.fetch(&server.url("/"), Accept::Activity).await,
            expected,
        );
    }
    assert!(private.hits().is_empty());
}

#[tokio::test]
async fn an_object_stands_where_its_id_says() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        let host = request.headers()["host"].to_str().unwrap();
        let id = match request.uri().path() {
            "/ada" | "/alias" => format!("http://{host}/ada"),
            "/lost" => format!("http://{host}/missing"),
            "/lying" => format!("http://{host}/lying-too"),
            "/lying-too" => format!("http://{host}/elsewhere"),
            "/fragment" => format!("http://{host}/fragment#me"),
            "/foreign" => "https://a.example/ada".to_owned(),
            // The same server, but under another name it is somebody else.
            "/name" => format!("http://{}/name", host.replace("127.0.0.1", "m.example")),
            "/relative" => "ada".to_owned(),
            "/double" => return answer(ACTIVITY, r#"{"id":"https://a.example/","id":"x"}"#),
            "/number" => return answer(ACTIVITY, r#"{"id":5}"#),
            "/none" => return answer(ACTIVITY, "{}"),
            "/list" => return answer(ACTIVITY, "[]"),
            _ => return status(404),
        };
        answer(ACTIVITY, format!(r#"{{"id":"{id}"}}"#))
    });
    let server = Server::start(router).await;
    let client = client(settings());
    for path in ["/ada", "/ada#main-key", "/alias"] {
        let document = found(
            client
                .fetch_object(&server.url(path), FetchBounds::default())
                .await,
        );
        assert_eq!(document.url, server.url("/ada"), "{path}");
    }
    assert!(matches!(
        client
            .fetch_object(&server.url("/lost"), FetchBounds::default())
            .await,
        Err(FetchError::Missing)
    ));
    for path in ["/lying", "/foreign", "/name", "/fragment"] {
        check_unreachable(
            &client
                .fetch_object(&server.url(path), FetchBounds::default())
                .await,
            "ForeignId",
        );
    }
    for path in ["/double", "/number", "/relative", "/none", "/list"] {
        check_unreachable(
            &client
                .fetch_object(&server.url(path), FetchBounds::default())
                .await,
            "NoId",
        );
    }
}
