//! `[notify]`: the organisers are told what waits, in numbers alone, and a wrong setting is an error of the start.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        organisers::{MailServer, Receiver},
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(what_waits_is_told_in_numbers_alone);

/// The settings for both ways of telling.
fn settings(receiver: &Receiver) -> String {
    format!(
        "notify.webhook_url = '{}'\nnotify.webhook_secret_file = 'secret'\n\
         notify.smtp_url_env = 'LETTER_MAIL'\nnotify.mail_to = 'team@letter.example'\n",
        receiver.url
    )
}

async fn what_waits_is_told_in_numbers_alone(database: &str) {
    let mut world = World::new(database).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    ada.says("I sign?", Audience::Public).await;
    bob.says("I sign. Because of the old trees.", Audience::Public)
        .await;
    world.settle().await;
    assert_eq!(
        world.letter.json(&["status"])["notify"],
        json!({"last": null, "failed": []})
    );

    let (receiver, mail) = (Receiver::start(&[]).await, MailServer::start(0).await);
    std::fs::write(world.letter.folder.path().join("secret"), "s3cret\n").unwrap();
    world.letter.stop().await;
    world.letter.set(&settings(&receiver));
    let variable = format!("LETTER_MAIL=smtp://{}", mail.address);
    world.letter.serve_under(&["env", &variable]);
    world.letter.serve().await;
    let (headers, body) =
        eventually("the webhook is told", async || receiver.requests().pop()).await;
    let mailed = eventually("a mail comes", async || mail.mails().pop()).await;
    assert!(
        headers["x-undersigned-signature-256"]
            .to_str()
            .unwrap()
            .starts_with("sha256=")
    );
    let notice: Value = serde_json::from_str(&body).unwrap();
    let waiting = &notice["situation"]["waiting"];
    assert_eq!(
        (&waiting["endorsements"], &waiting["statements"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(notice["letter"], world.letter.origin);
    assert_eq!(notice["news"], json!(["endorsements", "statements"]));
    for text in [&body, &mailed] {
        assert!(text.contains("1 statements wait"), "{text}");
        let peer = world.peer.url("/").replace("http://", "");
        for personal in [
            "Ada",
            "Bob",
            "Lovelace",
            "Carver",
            "users/",
            "trees",
            peer.trim_end_matches('/'),
        ] {
            assert!(!text.contains(personal), "{personal}: {text}");
        }
    }
    // Commands need no such variable, because they send nothing.
    let status = eventually("it is known that it was told", async || {
        let status = world.letter.json(&["status"]);
        status["notify"]["last"].is_string().then_some(status)
    })
    .await;
    assert_eq!(status["notify"]["failed"], json!([]));

    // A restart tells nothing again, and a webhook that is gone stops nothing.
    world.letter.stop().await;
    let cleo = world.person("Cleo Patra");
    drop(receiver);
    world.letter.set(&format!(
        "{}notify.every = '1s'\n",
        settings(&Receiver::start(&[500; 9]).await)
    ));
    world.letter.serve().await;
    cleo.says("I sign?", Audience::Public).await;
    world.letter.stop().await;
    world.letter.serve().await;
    let status = eventually("the failure is in the status", async || {
        let status = world.letter.json(&["status"]);
        (status["notify"]["failed"] != json!([])).then_some(status)
    })
    .await;
    assert_eq!(status["notify"]["failed"][0]["by"], "webhook");
    let screen = world.letter.command(&["status"]).stdout;
    assert!(screen.contains("the webhook failed at"), "{screen}");
    assert_eq!(world.letter.get("/readyz", None).await.status, 200);
    eventually("the second mail", async || {
        (mail.mails().len() == 2).then_some(())
    })
    .await;
    assert!(mail.mails()[1].contains("2 endorsements wait"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_setting_is_an_error_of_the_start_and_of_config_check() {
    let (_folder, database) = crate::support::database::sqlite();
    let mut world = World::new(&database).await;
    world.letter.stop().await;
    let receiver = Receiver::start(&[]).await;
    let secret = world.letter.folder.path().join("secret");
    let mail = "notify.smtp_url_env = 'LETTER_MAIL'\nnotify.mail_to = 'team@letter.example'\n";
    let both = settings(&receiver);
    for (settings, content, variable, wrong) in [
        (
            both.as_str(),
            None,
            "smtp://localhost",
            "notify.webhook_secret_file",
        ),
        (
            &both,
            Some("\n"),
            "smtp://localhost",
            "is empty; write a long random text",
        ),
        (
            &both,
            Some("x"),
            "",
            "notify.smtp_url_env: names no variable",
        ),
        (
            mail,
            None,
            "mail.example",
            "notify.smtp_url_env: names a variable with something else",
        ),
        (mail, None, "smtp://u:p@mail.example", "without TLS"),
    ] {
        std::fs::remove_file(&secret).ok();
        if let Some(content) = content {
            std::fs::write(&secret, content).unwrap();
        }
        world.letter.set(settings);
        let variable = format!("LETTER_MAIL={variable}");
        let wrapper = ["env", variable.as_str()];
        world.letter.serve_under(&wrapper);
        let (code, log) = world.letter.serve_in_vain().await;
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains(wrong), "{wrong}: {log}");
        let wrapper = wrapper.map(str::to_owned);
        let checked = world
            .letter
            .program(&wrapper)
            .args(["config", "check"])
            .output()
            .unwrap();
        let said = String::from_utf8(checked.stderr).unwrap();
        // Without the variable only the server's own environment can tell.
        let code = i32::from(variable != "LETTER_MAIL=");
        assert_eq!(checked.status.code(), Some(code), "{said}");
        assert!(said.contains(wrong), "{wrong}: {said}");
        assert_eq!(said.contains("warning: "), code == 0, "{said}");
    }
}
