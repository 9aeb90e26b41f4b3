//! The connection string: where the log is, and who asks. Holds a password, so it never shows itself.

use std::fmt;
use std::str::FromStr;

use eventstore::{ClientSettings, Credentials, NodePreference};
use percent_encoding::percent_decode_str;
use rapport_event_store::APPEND_BYTES_MAX;

/// Our own parameter: largest append in bytes, for servers that take less than the port.
const MAX_APPEND_SIZE: &str = "maxappendsize";
/// Fewest attempts with which the library connects at all.
const DISCOVER_ATTEMPTS_MIN: usize = 2;
/// What stands where the user and the password were.
const HIDDEN: &str = "***";

/// A connection string of KurrentDB: `esdb://user:password@host:2113?tls=true`, or `esdb+discover://` for a cluster
/// that DNS names.
#[derive(Clone)]
pub struct ConnectionString {
    pub(crate) settings: ClientSettings,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) append_bytes_max: usize,
    shown: String,
}

/// Why a text is not a connection string. Never repeats the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not begin like one.
    #[error("a connection string begins with `esdb://` or `esdb+discover://`")]
    Scheme,
    /// Host, port or a parameter cannot be read.
    #[error(
        "the connection string cannot be read: {cause}; it has the form esdb://USER:PASSWORD@HOST:PORT?tls=true"
    )]
    Malformed {
        /// What is wrong with it.
        cause: String,
    },
    /// User and password hold characters that end them. They would be taken for host, path or parameters, and shown.
    #[error(
        "an `@` stands behind a `/`, `#` or `?`; in the user and the password write these as %2F, %23 and %3F, and anywhere else write the `@` as %40"
    )]
    Unescaped,
    /// Another node than the leader is preferred.
    #[error(
        "nodePreference must be `leader`, or left out: other nodes lag behind, and Rapport reads what it wrote"
    )]
    NotLeader,
    /// The library counts the first attempt twice, and then gives up before it has connected.
    #[error("maxDiscoverAttempts must be at least {DISCOVER_ATTEMPTS_MIN}, or left out")]
    DiscoverAttempts,
    /// The limit for appends makes no sense.
    #[error("maxAppendSize must be a number of bytes between 1 and {APPEND_BYTES_MAX}")]
    MaxAppendSize,
}

impl FromStr for ConnectionString {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if !is_address(text) {
            return Err(AddressError::Scheme);
        }
        if is_cut_short(text) {
            return Err(AddressError::Unescaped);
        }
        let (text, append_bytes_max) = take_max_append_size(text)?;
        let shown = hide(&text);
        let settings: ClientSettings = text.parse().map_err(|error| malformed(&error, &text))?;
        if settings.node_preference() != NodePreference::Leader {
            return Err(AddressError::NotLeader);
        }
        if settings.max_discover_attempts() < DISCOVER_ATTEMPTS_MIN {
            return Err(AddressError::DiscoverAttempts);
        }
        Ok(Self { settings, credentials: credentials(&text), append_bytes_max, shown })
    }
}

impl fmt::Display for ConnectionString {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionString({self})")
    }
}

/// Whether a text is meant as a connection string.
fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| matches!(scheme, "esdb" | "esdb+discover"))
}

/// Whether an `@` stands where no user and password can be any more: something in them ended them early.
fn is_cut_short(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split_once(['/', '?', '#']).is_some_and(|(_, behind)| behind.contains('@'))
}

/// The part between `://` and the `@` of the host.
fn user_info(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit_once('@').map(|(user, _)| user)
}

/// The library takes user and password as they stand in the text. Everybody else decodes `%40` to `@`, and a password
/// with an `@` can be written in no other way.
fn credentials(text: &str) -> Option<Credentials> {
    let user_info = user_info(text)?;
    let (login, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some(Credentials::new(decoded(login), decoded(password)))
}

fn hide(text: &str) -> String {
    match user_info(text) {
        Some(user_info) if !user_info.is_empty() => {
            text.replacen(&format!("{user_info}@"), &format!("{HIDDEN}@"), 1)
        }
        Some(_) | None => text.to_owned(),
    }
}

/// The library's message may hold the whole text.
fn malformed(error: &eventstore::ClientSettingsParseError, text: &str) -> AddressError {
    let cause = match error.error() {
        Some(url) => url.to_string(),
        None => error.message().replace(text, HIDDEN),
    };
    let secret = user_info(text).filter(|secret| !secret.is_empty());
    AddressError::Malformed {
        cause: secret.map_or_else(|| cause.clone(), |secret| cause.replace(secret, HIDDEN)),
    }
}

/// Takes our own parameter out: the library warns of those that it does not know.
fn take_max_append_size(text: &str) -> Result<(String, usize), AddressError> {
    let Some((address, query)) = text.split_once('?') else {
        return Ok((text.to_owned(), APPEND_BYTES_MAX));
    };
    let mut limit = APPEND_BYTES_MAX;
    let mut rest = Vec::new();
    for parameter in query.split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.eq_ignore_ascii_case(MAX_APPEND_SIZE) {
            let bytes = value.parse().ok().filter(|bytes| (1..=APPEND_BYTES_MAX).contains(bytes));
            limit = bytes.ok_or(AddressError::MaxAppendSize)?;
        } else {
            rest.push(parameter);
        }
    }
    Ok((format!("{address}?{}", rest.join("&")), limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConnectionString, AddressError> {
        text.parse()
    }

    #[test]
    fn user_and_password_are_never_shown() {
        let text = "esdb://crm:s3cret%40x@db.example:2113?tls=false";
        let address = parse(text).unwrap();
        assert_eq!(address.to_string(), "esdb://***@db.example:2113?tls=false");
        assert_eq!(format!("{address:?}"), "ConnectionString(esdb://***@db.example:2113?tls=false)");
        for broken in ["esdb://crm:s3cret%40x@db.example:port", "esdb://crm:s3cret%40x@?tls=maybe"] {
            let told = parse(broken).unwrap_err().to_string();
            assert!(!told.contains("s3cret") && !told.contains("crm:"), "{told}");
        }
        for unescaped in [
            "esdb://crm:s3cret/x@db.example:2113",
            "esdb://crm:s3cret#x@db.example:2113",
            "esdb://crm:s3cret?x@db.example:2113",
        ] {
            let told = parse(unescaped).unwrap_err();
            assert_eq!(told, AddressError::Unescaped);
            assert!(!told.to_string().contains("s3cret"));
        }
    }

    #[test]
    fn a_password_may_hold_any_character() {
        let address = parse("esdb://crm:p%40ss%2Fw%C3%B6rd@db.example:2113").unwrap();
        assert_eq!(address.credentials, Some(Credentials::new("crm", "p@ss/wörd")));
        assert_eq!(parse("esdb://db.example:2113").unwrap().credentials, None);
    }

    #[test]
    fn one_host_or_several_or_a_name_for_all_of_them() {
        for text in
            ["esdb://a:2113", "esdb://u:p@a:2113,b:2113,c:2113?tls=true", "esdb+discover://a?tls=false"]
        {
            assert!(parse(text).is_ok(), "{text}");
        }
        assert_eq!(parse("http://a:2113").unwrap_err(), AddressError::Scheme);
        assert_eq!(parse("esdb://a:2113?nodePreference=follower").unwrap_err(), AddressError::NotLeader);
        assert_eq!(parse("esdb://a:2113?maxDiscoverAttempts=1").unwrap_err(), AddressError::DiscoverAttempts);
    }

    #[test]
    fn the_limit_of_older_servers_can_be_told() {
        let address = parse("esdb://a:2113?maxAppendSize=1048576&tls=false").unwrap();
        assert_eq!(address.append_bytes_max, 1_048_576);
        assert_eq!(address.to_string(), "esdb://a:2113?tls=false");
        assert_eq!(parse("esdb://a:2113").unwrap().append_bytes_max, APPEND_BYTES_MAX);
        for wrong in ["0", "many", "99999999999"] {
            let text = format!("esdb://a:2113?maxAppendSize={wrong}");
            assert_eq!(parse(&text).unwrap_err(), AddressError::MaxAppendSize);
        }
    }
}
