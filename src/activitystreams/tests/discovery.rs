//! WebFinger, host-meta and NodeInfo.

use serde_json::json;

use super::{super::*, example, snapshot};

#[test]
fn the_actor_is_found_by_every_name_it_has() {
    let urls = example();
    let answer = webfinger(&urls, "acct:letter@letter.example").unwrap();
    snapshot("webfinger", &answer);
    for resource in [
        "ACCT:LETTER@Letter.Example",
        "acct:@letter@letter.example",
        "letter@letter.example",
        "@letter@letter.example",
        "https://letter.example/actor",
        "https://letter.example/@letter",
        "https://letter.example/@Letter",
    ] {
        assert_eq!(
            webfinger(&urls, resource).as_ref(),
            Some(&answer),
            "{resource}"
        );
    }
    // Lemmy takes the last link to a document for the account.
    let last = answer["links"].as_array().unwrap().iter().rev();
    let mut last = last.filter(|link| link["type"].as_str().unwrap().starts_with("application/"));
    assert_eq!(last.next().unwrap()["href"], urls.actor());
}

#[test]
fn the_address_of_the_server_leads_to_both_actors() {
    let urls = example();
    for resource in ["https://letter.example/", "https://LETTER.example"] {
        let answer = webfinger(&urls, resource).unwrap();
        assert_eq!(answer["subject"], "acct:letter@letter.example");
        assert_eq!(answer["links"][0]["href"], urls.actor());
        let server = &answer["links"][2];
        assert_eq!(
            server["rel"],
            "https://www.w3.org/ns/activitystreams#Service"
        );
        assert_eq!(server["href"], urls.instance_actor());
    }
}

#[test]
fn the_instance_actor_is_found_and_nobody_else() {
    let urls = example();
    let answer = webfinger(&urls, "acct:instance.actor@letter.example").unwrap();
    assert_eq!(answer["subject"], "acct:instance.actor@letter.example");
    assert_eq!(answer["links"][0]["href"], urls.instance_actor());
    assert_eq!(webfinger(&urls, &urls.instance_actor()), Some(answer));
    for resource in [
        "",
        "acct:",
        "acct:letter",
        "letter",
        "acct:somebody@letter.example",
        "acct:letter@other.example",
        "acct:letter@letter.example@other.example",
        "acct:letter@@letter.example",
        "https://letter.example/letter",
        "https://other.example/actor",
        "äcct:letter@letter.example",
    ] {
        assert_eq!(webfinger(&urls, resource), None, "{resource}");
    }
}

#[test]
fn a_resource_that_nobody_could_have_is_malformed() {
    for resource in [
        "acct:letter@letter.example",
        "@a@b.example",
        "a@b.example",
        "https://letter.example/letter",
        "https://letter.example",
        "mailto:ada@m.example",
        "urn:isbn:1",
    ] {
        assert!(is_webfinger_resource(resource), "{resource}");
    }
    for resource in [
        "",
        " ",
        "acct:",
        "acct:letter",
        "acct:@letter.example",
        "acct:letter@",
        "letter",
        "@letter",
        "/letter",
        "https://",
        "acct:let ter@letter.example",
        "a@b.example\n",
    ] {
        assert!(!is_webfinger_resource(resource), "{resource}");
    }
}

#[test]
fn webfinger_answers_on_both_domains_with_one_name() {
    let base = "https://www.letter.example".parse().unwrap();
    let urls = Urls::new(&base, "letter.example", "letter");
    for resource in [
        "acct:letter@letter.example",
        "acct:letter@www.letter.example",
    ] {
        let answer = webfinger(&urls, resource).unwrap();
        assert_eq!(answer["subject"], "acct:letter@letter.example");
        assert_eq!(
            answer["links"][0]["href"],
            "https://www.letter.example/actor"
        );
    }
}

#[test]
fn host_meta_points_to_webfinger() {
    let template = "https://letter.example/.well-known/webfinger?resource={uri}";
    let xml = host_meta_xml(&example());
    assert!(
        xml.contains(&format!("<Link rel=\"lrdd\" template=\"{template}\"/>")),
        "{xml}"
    );
    assert!(
        xml.contains("<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">"),
        "{xml}"
    );
    assert_eq!(host_meta_json(&example())["links"][0]["template"], template);
}

#[test]
fn nodeinfo_is_valid_against_its_schema() {
    let info = NodeInfo {
        software: Software {
            name: "undersigned",
            version: "0.1.0",
            repository: Some("https://code.example/undersigned"),
            homepage: Some("https://undersigned.example/"),
        },
        usage: Usage {
            users: 1,
            active_month: 1,
            active_half_year: 1,
            local_posts: 1,
            local_comments: 0,
        },
        node_name: "Bread & Roses",
        node_description: "An open letter.",
        contact: "Ada <ada@letter.example>",
    };
    let schema = |text| jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap();
    let (v2_0, v2_1) = (
        schema(include_str!("../testdata/nodeinfo-2.0.schema.json")),
        schema(include_str!("../testdata/nodeinfo-2.1.schema.json")),
    );
    let old = nodeinfo(NodeInfoVersion::V2_0, &info);
    let new = nodeinfo(NodeInfoVersion::V2_1, &info);
    v2_0.validate(&old).unwrap();
    v2_1.validate(&new).unwrap();
    assert!(!v2_0.is_valid(&new) && !v2_1.is_valid(&old));
    for spoil in ["/software/extra", "/usage/extra", "/extra"] {
        let (parent, name) = spoil.rsplit_once('/').unwrap();
        let mut spoilt = new.clone();
        let parent = spoilt.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        parent.insert(name.into(), 1.into());
        assert!(!v2_1.is_valid(&spoilt), "{spoil}");
    }
    snapshot("nodeinfo_2_1", &new);
}

#[test]
fn nodeinfo_documents_are_where_the_links_say() {
    let links = nodeinfo_links(&example());
    assert_eq!(
        links,
        json!({"links": [
            {
                "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                "href": "https://letter.example/nodeinfo/2.0",
            },
            {
                "rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
                "href": "https://letter.example/nodeinfo/2.1",
            },
            {
                "rel": "https://www.w3.org/ns/activitystreams#Application",
                "href": "https://letter.example/instance-actor",
            },
        ]})
    );
    assert_eq!(
        NodeInfoVersion::V2_1.content_type(),
        "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/2.1#\""
    );
}
