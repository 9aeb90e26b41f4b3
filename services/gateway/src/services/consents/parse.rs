//! The parts of a consent on the wire, as values.

use rapport_domain::consent::{Evidence, Jurisdiction, Notice, Region, Topic};
use rapport_domain::personal::Personal;
use rapport_domain::suppression::Scope;
use rapport_domain::value::{Instant, Invalid, Key, Label, Reference, Sha256};
use rapport_proto::v1 as wire;

use crate::parse::Fields;
use crate::wire::known;

pub(super) fn topic(fields: &mut Fields, purpose: &str, channel: i32) -> Option<Topic> {
    let purpose = fields.required("purpose", purpose, Key::parse);
    let channel = fields.enumerated("channel", channel, known::<wire::ConsentChannel>);
    purpose.zip(channel).map(|(purpose, channel)| Topic { purpose, channel })
}

/// What is left out means every one.
pub(super) fn scope(fields: &mut Fields, purpose: &str, channel: i32) -> Option<Scope> {
    let purpose = fields.optional("purpose", purpose, Key::parse);
    let channel = match channel {
        0 => Some(None),
        channel => fields.enumerated("channel", channel, known::<wire::ConsentChannel>).map(Some),
    };
    purpose.zip(channel).map(|(purpose, channel)| Scope { purpose, channel })
}

pub(super) fn notice(fields: &mut Fields, notice: Option<&wire::ConsentNotice>) -> Option<Notice> {
    let Some(notice) = notice else { return fields.missing("notice") };
    let id = fields.required("notice.id", &notice.id, Reference::parse);
    let version = fields.required("notice.version", &notice.version, Label::parse);
    let wording_sha256 = fields.optional("notice.wording_sha256", &notice.wording_sha256, sha256);
    let language = fields.optional("notice.language", &notice.language, Reference::parse);
    Some(Notice { id: id?, version: version?, wording_sha256: wording_sha256?, language: language? })
}

fn sha256(text: &str) -> Result<Reference, Invalid> {
    Reference::parse(&Sha256::parse(text)?.to_string())
}

pub(super) fn evidence(
    fields: &mut Fields,
    evidence: Option<&wire::ConsentEvidence>,
) -> Option<Option<Personal<Evidence>>> {
    let Some(evidence) = evidence else { return Some(None) };
    let ip = fields.optional("evidence.ip", &evidence.ip, Label::parse);
    let user_agent = fields.optional("evidence.user_agent", &evidence.user_agent, Label::parse);
    let form_url = fields.optional("evidence.form_url", &evidence.form_url, Label::parse);
    let reference = fields.optional("evidence.reference", &evidence.reference, Label::parse);
    let captured_at = fields.instant("evidence.captured_at", evidence.captured_at);
    Some(Some(Personal::Clear(Evidence {
        ip: ip?,
        user_agent: user_agent?,
        form_url: form_url?,
        reference: reference?,
        captured_at: captured_at?,
    })))
}

pub(super) fn jurisdiction(
    fields: &mut Fields,
    jurisdiction: Option<&wire::Jurisdiction>,
) -> Option<Option<Jurisdiction>> {
    let Some(jurisdiction) = jurisdiction else { return Some(None) };
    let code = fields.required("jurisdiction.code", &jurisdiction.code, Region::parse);
    let basis = fields.enumerated("jurisdiction.basis", jurisdiction.basis, known::<wire::JurisdictionBasis>);
    code.zip(basis).map(|(code, basis)| Some(Jurisdiction { code, basis }))
}

/// Its digest: the token itself goes no further.
pub(super) fn token(fields: &mut Fields, token: &str) -> Option<Sha256> {
    fields.required("token", token, |token| Ok::<_, Invalid>(Sha256::of(token.trim().as_bytes())))
}

pub(super) fn since(fields: &mut Fields, since: Option<prost_types::Timestamp>) -> Option<Instant> {
    match fields.instant("since", since) {
        Some(Some(since)) => Some(since),
        Some(None) => fields.missing("since"),
        None => None,
    }
}
