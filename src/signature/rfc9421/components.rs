//! The components of a request that RFC 9421 can sign, and the signature base.

use http::HeaderName;
use sfv::Item;

use crate::signature::{
    Received, Refusal,
    request::{authority_of, header_name, signed_value},
};

/// One entry of the list of signed components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Component {
    /// `@method`.
    Method,
    /// `@target-uri`: scheme, host, port, path and query.
    TargetUri,
    /// `@authority`: host, and port unless it is the scheme's default.
    Authority,
    /// `@scheme`.
    Scheme,
    /// `@request-target`: path and query as on the request line.
    RequestTarget,
    /// `@path`: without the query.
    Path,
    /// `@query`: with its question mark, which also stands alone for a missing query.
    Query,
    /// A whole header.
    Header(HeaderName),
}

impl Component {
    /// Reads an entry. One with parameters would have another value than the one that we compute.
    pub(super) fn parse(item: &Item) -> Result<Self, Refusal> {
        if !item.params.is_empty() {
            return Err(Refusal::Malformed(
                "what is signed has parameters, which we do not read",
            ));
        }
        let Some(name) = item.bare_item.as_string() else {
            return Err(Refusal::Malformed(
                "what is signed is not listed as strings",
            ));
        };
        match name.as_str() {
            "@method" => Ok(Self::Method),
            "@target-uri" => Ok(Self::TargetUri),
            "@authority" => Ok(Self::Authority),
            "@scheme" => Ok(Self::Scheme),
            "@request-target" => Ok(Self::RequestTarget),
            "@path" => Ok(Self::Path),
            "@query" => Ok(Self::Query),
            name => header_name(name).map(Self::Header),
        }
    }

    /// The name as it is listed.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::Header(name) => name.as_str(),
        }
    }

    /// The header, if it is one.
    pub(super) fn header(&self) -> Option<HeaderName> {
        if let Self::Header(name) = self {
            Some(name.clone())
        } else {
            None
        }
    }

    /// The value in this request to `origin`.
    fn value(&self, request: &Received<'_>, origin: &str) -> Result<String, Refusal> {
        let target = request.target;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(match self {
            Self::Method => request.method.as_str().to_owned(),
            Self::TargetUri => format!("{origin}{target}"),
            Self::Authority => authority_of(origin).to_owned(),
            Self::Scheme => {
                let scheme = origin.split_once("://").map_or("", |(scheme, _)| scheme);
                scheme.to_owned()
            }
            Self::RequestTarget => target.to_owned(),
            Self::Path => path.to_owned(),
            Self::Query => format!("?{query}"),
            Self::Header(name) => signed_value(request.headers, name)?,
        })
    }
}

/// The signature base: a line for each component, and the parameters as they stand in `Signature-Input` (RFC
/// 9421, section 2.5).
pub(super) fn signature_base(
    components: &[Component],
    parameters: &str,
    request: &Received<'_>,
    origin: &str,
) -> Result<String, Refusal> {
    let mut lines = Vec::with_capacity(components.len() + 1);
    for component in components {
        let value = component.value(request, origin)?;
        lines.push(format!("\"{}\": {value}", component.name()));
    }
    lines.push(format!("\"@signature-params\": {parameters}"));
    Ok(lines.join("\n"))
}
