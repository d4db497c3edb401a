//! Enums whose variants have one word each: the same in the database, in JSON and on the command line.

/// A text that is not a word of the enum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is none of {known}")]
pub struct UnknownWord {
    /// What was found.
    pub found: String,
    /// The words that exist, separated by commas.
    pub known: String,
}

/// Declares an enum of words: `words! { /// Doc. pub enum State { /// Doc. Listed = "listed" } }`.
///
/// Generates `ALL`, `as_str`, `Display`, `FromStr` and serde in both directions, all with the same word, so
/// that the database, the JSON and the command line cannot disagree.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every variant, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The variant's word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::string_enum::UnknownWord;

            fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|variant| variant.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|variant| variant.as_str()).collect();
                    $crate::string_enum::UnknownWord {
                        found: text.to_owned(),
                        known: known.join(", "),
                    }
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro makes public enums")]
mod tests {
    words! {
        /// A colour.
        pub enum Colour {
            /// Like the sky.
            Blue = "blue",
            /// Like blood.
            Red = "red",
        }
    }

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for colour in Colour::ALL {
            assert_eq!(colour.as_str().parse(), Ok(*colour));
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let error = "green".parse::<Colour>().unwrap_err().to_string();
        assert_eq!(error, "`green` is none of blue, red");
    }
}
