//! The key id in a request, before any check.

use http::HeaderMap;

use super::parameters::Parameters;

/// The key id that a request names, in either scheme; `None` when there is no readable one. Proves nothing.
pub fn claimed_key(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok();
    if let Some(input) = text("signature-input") {
        let (_, after) = input.split_once("keyid=\"")?;
        return after.split('"').next().map(str::to_owned);
    }
    Parameters::parse(text("signature")?)
        .ok()
        .map(|input| input.key_id)
}

/// The URL of the document that a key id leads to: what stands before its fragment.
pub fn page_of(key_id: &str) -> &str {
    key_id.split_once('#').map_or(key_id, |(page, _)| page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_id_is_read_from_both_schemes() {
        let check = |headers: &[(&'static str, &str)], expected: Option<&str>| {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(claimed_key(&headers).as_deref(), expected, "{headers:?}");
        };
        let key = "https://m.example/actor#main-key";
        let cavage = format!("keyId=\"{key}\",headers=\"date\",signature=\"AAAA\"");
        check(&[("signature", &cavage)], Some(key));
        let input = format!("sig1=(\"@method\");created=1;keyid=\"{key}\";alg=\"rsa-v1_5-sha256\"");
        check(
            &[("signature-input", &input), ("signature", "sig1=:AAAA:")],
            Some(key),
        );
        check(&[("signature", "nonsense")], None);
        check(&[("signature-input", "sig1=()")], None);
        check(&[], None);
    }
}
