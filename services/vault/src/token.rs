//! Secrets that are told once: who has one has been sent it.

use std::fmt;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rapport_domain::value::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::VaultError;
use crate::secret::SECRET_BYTES;

/// 32 random bytes, as text for a link: nobody guesses it, and its digest gives nothing of it away.
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`VaultError::Crypto`] when the system gives no randomness.
    pub fn random() -> Result<Self, VaultError> {
        let mut bytes = [0_u8; SECRET_BYTES];
        rand::fill(&mut bytes).map_err(|_| VaultError::Crypto)?;
        let text = URL_SAFE_NO_PAD.encode(bytes);
        bytes.zeroize();
        Ok(Self(Zeroizing::new(text)))
    }

    /// The text, to be sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[token]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_the_same_and_each_holds_32_bytes() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(one.as_str(), other.as_str());
        assert_eq!(URL_SAFE_NO_PAD.decode(one.as_str()).unwrap().len(), 32);
        assert_eq!(one.sha256(), Sha256::of(one.as_str().as_bytes()));
        assert_eq!(format!("{one:?}"), "[token]");
    }
}
