//! Where a watch was: what was told of what, up to where.

use rapport_domain::envelope::Position;
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// Hex digits of a digest in a token.
const DIGEST_DIGITS: usize = 24;
/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 100;

/// Where a watch was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Digest of what is watched: a token of another watch is refused.
    pub(crate) of: String,
    /// Everything up to here was told.
    pub(crate) position: Position,
    /// Digest of what was told last; empty where the position says it all.
    pub(crate) said: String,
}

impl Token {
    /// Reads a token of a watch.
    ///
    /// # Errors
    /// [`Error::ResumeToken`] when it is one of another watch, or none.
    pub(crate) fn parse(text: &str, of: &str) -> Result<Self, Error> {
        let is_digest = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let mut parts = text.splitn(3, '.');
        let (position, watch, said) = (parts.next(), parts.next(), parts.next());
        let position = position.and_then(|text| text.parse().ok()).map(Position);
        match (position, watch, said) {
            (Some(position), Some(watch), Some(said))
                if text.len() <= TOKEN_BYTES_MAX && watch == of && is_digest(said) =>
            {
                Ok(Self { of: of.to_owned(), position, said: said.to_owned() })
            }
            (_, _, _) => Err(Error::ResumeToken),
        }
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.position, self.of, self.said)
    }
}

/// A short digest of a message, and of what it is called.
pub(crate) fn digest(name: &str, message: &impl prost::Message) -> String {
    let mut hasher = Sha256::new();
    hasher.update(name.len().to_be_bytes());
    hasher.update(name);
    hasher.update(message.encode_to_vec());
    let mut text = rapport_domain::value::hex(&hasher.finalize());
    text.truncate(DIGEST_DIGITS);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written_and_no_other() {
        let token = Token { of: "ab12".to_owned(), position: Position(7), said: "cd".to_owned() };
        assert_eq!(token.to_string(), "7.ab12.cd");
        assert_eq!(Token::parse("7.ab12.cd", "ab12").unwrap(), token);
        assert_eq!(Token::parse("7.ab12.", "ab12").unwrap(), Token { said: String::new(), ..token });
        let long = format!("7.ab12.{}", "a".repeat(TOKEN_BYTES_MAX));
        for text in
            ["", "7", "7.ab12", "7.ab13.cd", "x.ab12.cd", "-7.ab12.cd", "7.ab12.cd.e", "7.ab12.Z", &long]
        {
            assert!(matches!(Token::parse(text, "ab12"), Err(Error::ResumeToken)), "{text}");
        }
    }
}
