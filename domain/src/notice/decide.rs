//! The rules of a notice.

use super::command::Command;
use super::event::{Event, Published};
use super::state::{State, Wording};
use crate::aggregate::Reason;
use crate::consent;
use crate::context::Context;
use crate::value::{Label, Reference, Sha256};

/// Most texts of one notice: versions times languages.
pub const WORDINGS_MAX: usize = 1_000;

/// Why a command to a notice, or a consent that names one, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// What was published stays as it is.
    #[error(
        "version {version} of this notice is published in {language} with other words; publish a new version"
    )]
    AlreadyPublished {
        /// The version.
        version: Label,
        /// The language.
        language: Reference,
    },
    /// As many texts as a notice can have.
    #[error("a notice has at most {WORDINGS_MAX} texts; publish another notice")]
    TooManyWordings,
    /// Others of its versions are known, this one is not.
    #[error("this notice is published here, but not its version {version}; publish it first")]
    VersionUnknown {
        /// The version that is named.
        version: Label,
    },
    /// The version is not published in this language, or in several and none is named.
    #[error("version {version} of this notice is published in {known}; name one of these languages")]
    LanguageUnknown {
        /// The version that is named.
        version: Label,
        /// The languages that there are.
        known: String,
    },
    /// The digest is not that of the words.
    #[error("version {version} of this notice has other words, with the digest {known}")]
    WordingDiffers {
        /// The version that is named.
        version: Label,
        /// The digest of its words.
        known: Sha256,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyPublished { .. } => "NOTICE_ALREADY_PUBLISHED",
            Self::TooManyWordings => "NOTICE_WORDINGS_EXHAUSTED",
            Self::VersionUnknown { .. } => "NOTICE_VERSION_UNKNOWN",
            Self::LanguageUnknown { .. } => "NOTICE_LANGUAGE_UNKNOWN",
            Self::WordingDiffers { .. } => "NOTICE_WORDING_DIFFERS",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
    let Command::Publish { id, version, language, text } = command;
    let wording_sha256 = text.sha256();
    let known = state.wordings.iter().find(|wording| wording.version == *version && wording.is_in(language));
    match known {
        Some(known) if known.sha256 == wording_sha256 => return Ok(Vec::new()),
        Some(_) => {
            let (version, language) = (version.clone(), language.clone());
            return Err(Rejection::AlreadyPublished { version, language });
        }
        None if state.wordings.len() >= WORDINGS_MAX => return Err(Rejection::TooManyWordings),
        None => {}
    }
    let published = Published {
        id: id.clone(),
        version: version.clone(),
        language: language.clone(),
        wording_sha256,
        text: text.clone(),
    };
    Ok(vec![published.into()])
}

impl State {
    /// The words that a consent names, in full: what it leaves out is added. Where nothing of the notice is published, it
    /// is left as it is.
    ///
    /// # Errors
    /// When the notice is published, and has no such words.
    pub fn complete(&self, named: &consent::Notice) -> Result<consent::Notice, Rejection> {
        if self.wordings.is_empty() {
            return Ok(named.clone());
        }
        let version = || named.version.clone();
        let texts: Vec<&Wording> =
            self.wordings.iter().filter(|wording| wording.version == named.version).collect();
        if texts.is_empty() {
            return Err(Rejection::VersionUnknown { version: version() });
        }
        let in_language =
            |text: &Wording| named.language.as_ref().is_none_or(|language| text.is_in(language));
        let said = |text: &Wording| {
            named.wording_sha256.as_ref().is_some_and(|digest| digest.as_str() == text.sha256.to_string())
        };
        let candidates: Vec<&Wording> = texts.iter().copied().filter(|text| in_language(text)).collect();
        let text = match (candidates.as_slice(), candidates.iter().find(|text| said(text))) {
            (_, Some(text)) => text,
            ([text], None) if named.wording_sha256.is_none() => text,
            ([text], None) => {
                return Err(Rejection::WordingDiffers { version: version(), known: text.sha256 });
            }
            ([] | [_, _, ..], None) => {
                let known: Vec<&str> = texts.iter().map(|text| text.language.as_str()).collect();
                return Err(Rejection::LanguageUnknown { version: version(), known: known.join(", ") });
            }
        };
        Ok(consent::Notice {
            id: named.id.clone(),
            version: text.version.clone(),
            wording_sha256: Reference::parse(&text.sha256.to_string()).ok(),
            language: Some(text.language.clone()),
        })
    }
}
