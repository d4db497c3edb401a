//! The format of each value in the configuration file, and the messages for wrong ones.
//!
//! Everything that the file writes as a string (durations, sizes, networks, times) implements
//! [`Written`]; the modules [`one`], [`maybe`] and [`many`] give it to serde. A message is the
//! end of the sentence that begins with the key: `server.base_url: "letter" is not …`.

use std::{net::SocketAddr, time::Duration};

use ipnet::IpNet;
use lettre::message::Mailboxes;
use serde::{Deserialize, Deserializer, de::Error as _};
use url::Url;

use crate::clock::Millis;

/// Something that the file writes as a string.
pub(super) trait Written: Sized {
    /// Reads it, or says what is wrong with it.
    fn read(text: &str) -> Result<Self, String>;

    /// Writes it so that [`Written::read`] gives the same again, unless a secret is hidden.
    fn write(&self) -> String;
}

/// `"letter" is not an absolute URL`; everything before an `@` is left out, because it may be a password.
pub(super) fn is_not(text: &str, wanted: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("{:?} is not {wanted}", format!("…@{rest}")),
        None => format!("{text:?} is not {wanted}"),
    }
}

/// A number of bytes, in the file `"64 KiB"`, `"1 MiB"`, `"2 GiB"` or `"100 B"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

impl Size {
    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes as a length in memory; the largest there is where it does not fit.
    pub fn as_len(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Units of size with their bytes; `B` last, because the others end in it.
const SIZES: &[(&str, u64)] = &[
    (" GiB", 1 << 30),
    (" MiB", 1 << 20),
    (" KiB", 1 << 10),
    (" B", 1),
];

/// Units of time with their milliseconds; `ms` before `s`, in which it ends.
const TIMES: &[(&str, u64)] = &[
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("ms", 1),
    ("m", 60_000),
    ("s", 1000),
];

/// The longest duration that is accepted: a hundred years, so that no sum of times overflows.
const LONGEST: u64 = 36_500 * 86_400_000;

/// A number with a unit; `None` for anything else and for more than 64 bits.
fn read_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit.trim()).map(|rest| (rest, factor)))?;
    let number = number.trim_end();
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// The number with the largest unit that divides it.
fn write_unit(number: u64, units: &[(&str, u64)]) -> String {
    let exact = |factor: u64| number != 0 && number.is_multiple_of(factor);
    // The order of the units is that of reading, hence the largest that fits and not the first.
    let best = units
        .iter()
        .filter(|(_, factor)| exact(*factor))
        .max_by_key(|(_, factor)| factor);
    match best.or(units.last()) {
        Some((unit, factor)) => format!("{}{unit}", number / factor),
        None => number.to_string(),
    }
}

impl Written for Size {
    fn read(text: &str) -> Result<Self, String> {
        read_unit(text, SIZES)
            .map(Self)
            .ok_or_else(|| is_not(text, "a size such as \"64 KiB\" or \"1 MiB\""))
    }

    fn write(&self) -> String {
        write_unit(self.0, SIZES)
    }
}

impl Written for Duration {
    fn read(text: &str) -> Result<Self, String> {
        let millis = read_unit(text, TIMES).ok_or_else(|| {
            is_not(
                text,
                "a duration such as \"10s\", \"5m\", \"72h\" or \"30d\"",
            )
        })?;
        if millis > LONGEST {
            return Err(format!("{text:?} is more than a hundred years"));
        }
        Ok(Self::from_millis(millis))
    }

    fn write(&self) -> String {
        write_unit(u64::try_from(self.as_millis()).unwrap_or(u64::MAX), TIMES)
    }
}

impl Written for Millis {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse_rfc3339(text)
            .ok_or_else(|| is_not(text, "an RFC 3339 time such as \"2026-12-24T18:00:00Z\""))
    }

    fn write(&self) -> String {
        self.to_rfc3339()
    }
}

impl Written for SocketAddr {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_cause| {
            is_not(
                text,
                "an address with a port such as \"127.0.0.1:8080\" or \"[::]:8080\"",
            )
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Written for IpNet {
    fn read(text: &str) -> Result<Self, String> {
        let address = text
            .parse()
            .map(|address: std::net::IpAddr| Self::from(address));
        text.parse().or(address).map_err(|_cause| {
            is_not(
                text,
                "a network such as \"192.0.2.0/24\" or \"2001:db8::/32\"",
            )
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// serde for one [`Written`] value.
pub(super) mod one {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::Written;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Written>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::read(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }

    pub(crate) fn serialize<S: Serializer, T: Written>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.write())
    }
}

/// serde for a duration of at least a second.
pub(super) mod one_second_or_more {
    use std::time::Duration;

    use serde::{Deserializer, de::Error as _};

    use super::one;
    pub(crate) use super::one::serialize;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let duration: Duration = one::deserialize(deserializer)?;
        if duration < Duration::from_secs(1) {
            return Err(D::Error::custom("must be at least one second"));
        }
        Ok(duration)
    }
}

/// serde for a [`Written`] value that may be left out: the empty string is `None`.
pub(super) mod maybe {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::Written;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Written>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            Ok(None)
        } else {
            T::read(&text).map(Some).map_err(D::Error::custom)
        }
    }

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub(crate) fn serialize<S: Serializer, T: Written>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.as_ref().map(Written::write).unwrap_or_default())
    }
}

/// serde for a list of [`Written`] values.
pub(super) mod many {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::Written;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Written>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts
            .iter()
            .map(|item| T::read(item).map_err(D::Error::custom))
            .collect()
    }

    pub(crate) fn serialize<S: Serializer, T: Written>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(Written::write))
    }
}

/// A number of one or more.
pub(super) fn positive<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default + PartialOrd,
{
    let number = T::deserialize(deserializer)?;
    if number > T::default() {
        Ok(number)
    } else {
        Err(D::Error::custom("must be at least 1"))
    }
}

/// A duration that is not zero.
pub(super) fn lasting<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration: Duration = one::deserialize(deserializer)?;
    if duration.is_zero() {
        Err(D::Error::custom("must be longer than nothing"))
    } else {
        Ok(duration)
    }
}

/// A size that is not zero.
pub(super) fn some_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
    let size: Size = one::deserialize(deserializer)?;
    if size.0 == 0 {
        Err(D::Error::custom("must be more than 0 B"))
    } else {
        Ok(size)
    }
}

/// Positive numbers, each larger than the one before.
pub(super) fn ascending<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let numbers = Vec::<u64>::deserialize(deserializer)?;
    let mut last = 0;
    for number in &numbers {
        if *number <= last {
            return Err(D::Error::custom(format!(
                "the numbers must be positive and ascending, but {number} comes after {last}"
            )));
        }
        last = *number;
    }
    Ok(numbers)
}

/// A user name of up to 30 characters of `[a-z0-9_]`, so that every server can mention the actor.
pub(super) fn username<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=30).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(name);
    }
    let wanted = "a user name of 1 to 30 characters from \"a\" to \"z\", \"0\" to \"9\" and \"_\"";
    Err(D::Error::custom(is_not(&name, wanted)))
}

/// A language tag in the shape of BCP 47, in lower case, or nothing.
pub(super) fn language<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let tag = String::deserialize(deserializer)?;
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let good = (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    if tag.is_empty() || good {
        return Ok(tag.to_ascii_lowercase());
    }
    Err(D::Error::custom(is_not(
        &tag,
        "a language such as \"en\" or \"pt-br\"",
    )))
}

/// Hashtags without their `#`: letters, digits and `_`, not digits alone.
pub(super) fn hashtags<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let tags = Vec::<String>::deserialize(deserializer)?;
    let read = |tag: &String| {
        let bare = tag.strip_prefix('#').unwrap_or(tag);
        let allowed = bare.chars().all(|c| c.is_alphanumeric() || c == '_');
        if allowed && bare.chars().any(char::is_alphabetic) {
            return Ok(bare.to_owned());
        }
        Err(D::Error::custom(is_not(
            tag,
            "a hashtag such as \"OpenLetter\"",
        )))
    };
    tags.iter().map(read).collect()
}

/// The most actors that may move here.
const MOST_ACTORS: usize = 10;

/// Ids of actors, each once.
pub(super) fn actor_ids<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let mut ids: Vec<String> = Vec::new();
    for id in Vec::<String>::deserialize(deserializer)? {
        let is_web = Url::parse(&id)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_web {
            let wanted = "the id of an actor, such as \"https://old.example/actor\"";
            return Err(D::Error::custom(is_not(&id, wanted)));
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > MOST_ACTORS {
        return Err(D::Error::custom("names more than ten actors"));
    }
    Ok(ids)
}

/// E-mail addresses, separated by commas, or nothing.
pub(super) fn mailboxes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() || text.parse::<Mailboxes>().is_ok() {
        return Ok(text);
    }
    Err(D::Error::custom(format!(
        "{text:?} is no list of e-mail addresses such as \"ada@letter.example, bob@letter.example\""
    )))
}

/// A name with an e-mail address, or nothing.
pub(super) fn contact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let contact = String::deserialize(deserializer)?;
    if contact.is_empty() || address_in(&contact).is_some() {
        return Ok(contact);
    }
    let example = "Ada Lovelace <ada@letter.example>";
    Err(D::Error::custom(format!(
        "{contact:?} holds no e-mail address; write it as {example:?}"
    )))
}

/// The first e-mail address in a contact.
pub(super) fn address_in(contact: &str) -> Option<&str> {
    let words = contact.split(|c: char| c.is_whitespace() || "<>(),;\"".contains(c));
    words.into_iter().find(|word| {
        word.split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
    })
}
