use super::*;

#[test]
fn a_contact_is_any_text_and_its_address_is_found() {
    for (text, mail) in [
        (
            "Ada Lovelace <ada@letter.example>",
            Some("ada@letter.example"),
        ),
        (
            "Ada Lovelace, ada+x@letter.example",
            Some("ada+x@letter.example"),
        ),
        ("mailto:ada@letter.example", Some("ada@letter.example")),
        ("@ada@social.example", None),
        ("Ada, 1 Long Street", None),
        ("ada@\"><script>", None),
        ("ada@x?bcc=everybody@y.example", None),
    ] {
        let contact = ContactView::parse(text).unwrap();
        assert_eq!(contact.text, text);
        assert_eq!(contact.mail.as_deref(), mail, "{text}");
    }
    assert_eq!(ContactView::parse(" \t"), None);
}

#[test]
fn the_address_of_a_list_leaves_defaults_out_and_escapes_the_rest() {
    let everybody = ListQuery::default();
    assert_eq!(everybody.href(1), "/supporters");
    assert_eq!(everybody.href(2), "/supporters?page=2");
    let query = ListQuery {
        search: "a&b=ü\"<".to_owned(),
        source: Some(SupporterSource::GitHub),
        sort: Sort::Name,
    };
    assert_eq!(
        query.href(3),
        "/supporters?q=a%26b%3D%C3%BC%22%3C&source=github&sort=name&page=3"
    );
}

#[test]
fn codes_are_read_as_they_are_written() {
    for source in SupporterSource::ALL {
        assert_eq!(SupporterSource::from_code(source.code()), Some(source));
    }
    for sort in Sort::ALL {
        assert_eq!(Sort::from_code(sort.code()), Some(sort));
    }
    assert_eq!(SupporterSource::from_code("elsewhere"), None);
    assert_eq!(Sort::from_code(""), None);
}
