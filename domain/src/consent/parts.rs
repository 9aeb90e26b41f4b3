//! What consents are made of: topics, words, methods, evidence.

use serde::{Deserialize, Serialize};

use crate::personal::{DataClass, PersonalValue};
use crate::value::{Instant, Key, Label, Reference};

/// Through what a subject may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// SMS.
    Sms,
    /// Telephone.
    Voice,
    /// Push message.
    Push,
    /// Letter.
    Post,
    /// In the application.
    InApp,
}

/// What a consent is about: one purpose, through one channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Topic {
    /// What for.
    pub purpose: Key,
    /// Through what.
    pub channel: Channel,
}

/// The words that the subject was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which notice.
    pub id: Reference,
    /// Its version.
    pub version: Label,
    /// SHA-256 of the wording, in hex, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording_sha256: Option<Reference>,
    /// Language of the wording, a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Reference>,
}

impl Notice {
    /// Whether both name the same words: what one leaves out, the other may say.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let agree = |one: &Option<Reference>, other: &Option<Reference>| {
            one.as_ref().zip(other.as_ref()).is_none_or(|(one, other)| one == other)
        };
        self.id == other.id
            && self.version == other.version
            && agree(&self.wording_sha256, &other.wording_sha256)
            && agree(&self.language, &other.language)
    }
}

/// How the subject said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A box that was ticked.
    Checkbox,
    /// A button that was pressed.
    Button,
    /// A link in a message, after a first act.
    DoubleOptIn,
    /// A recorded call.
    VoiceRecorded,
    /// A signature on paper.
    PaperSigned,
    /// Taken over from another system, without proof.
    ApiImport,
    /// A signal of the browser (Global Privacy Control).
    GpcSignal,
    /// A link in a message (RFC 8058).
    OneClickUnsubscribe,
    /// Written down by staff.
    StaffRecorded,
}

/// How well a consent can be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceGrade {
    /// Confirmed, signed or recorded.
    A,
    /// One act, and our record of it.
    B,
    /// Taken over, unproved.
    C,
}

impl Method {
    /// How well a consent that was said like this can be proved.
    #[must_use]
    pub const fn grade(self) -> EvidenceGrade {
        match self {
            Self::DoubleOptIn | Self::VoiceRecorded | Self::PaperSigned => EvidenceGrade::A,
            Self::Checkbox
            | Self::Button
            | Self::GpcSignal
            | Self::OneClickUnsubscribe
            | Self::StaffRecorded => EvidenceGrade::B,
            Self::ApiImport => EvidenceGrade::C,
        }
    }
}

/// What proves it. Personal, kept under the evidence key.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Network address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<Label>,
    /// Browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Label>,
    /// Where the form stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_url: Option<Label>,
    /// Where the recording, the letter or the log is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Label>,
    /// When it was captured, by the clock of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<Instant>,
}

impl PersonalValue for Evidence {
    const CLASS: DataClass = DataClass::Evidence;
    const FIELD: &'static str = "evidence";
}
