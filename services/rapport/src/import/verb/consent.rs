//! Consents.

use rapport_domain::id::ConsentId;
use rapport_domain::value::{Label, Reference};
use rapport_proto::v1::{
    ConsentChannel, ConsentEvidence, ConsentMethod, ConsentNotice, GiveConsentRequest, RefuseConsentRequest,
    RequestConsentRequest, WithdrawConsentRequest,
};

use super::{Cells, FieldSpec, Verb, optional, required, required_or};
use crate::command::Command;

const CONTACT: FieldSpec = required_or("contact", "contact_id", "contact_id");
const CONTACT_ID: FieldSpec = optional("contact_id", "contact_id");
const PURPOSE: FieldSpec = required("purpose", "purpose");
const CHANNEL: FieldSpec = required("channel", "channel");
const METHOD: FieldSpec = required("method", "method");
const NOTICE_ID: FieldSpec = required("notice.id", "notice.id");
const NOTICE_VERSION: FieldSpec = required("notice.version", "notice.version");
const NOTICE_WORDING: FieldSpec = optional("notice.wording_sha256", "notice.wording_sha256");
const NOTICE_LANGUAGE: FieldSpec = optional("notice.language", "notice.language");
const EVIDENCE_IP: FieldSpec = optional("evidence.ip", "evidence.ip");
const EVIDENCE_AGENT: FieldSpec = optional("evidence.user_agent", "evidence.user_agent");
const EVIDENCE_FORM: FieldSpec = optional("evidence.form_url", "evidence.form_url");
const EVIDENCE_REFERENCE: FieldSpec = optional("evidence.reference", "evidence.reference");

const REQUEST_FIELDS: &[FieldSpec] =
    &[CONTACT, CONTACT_ID, PURPOSE, CHANNEL, NOTICE_ID, NOTICE_VERSION, NOTICE_WORDING, NOTICE_LANGUAGE];
pub(super) const REQUEST: Verb = Verb { word: "request_consent", own: REQUEST_FIELDS, build: request };

fn request(cells: &mut Cells<'_>) -> Command {
    RequestConsentRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        purpose: cells.required_key("purpose"),
        channel: cells.required_word::<ConsentChannel>("channel"),
        notice: notice(cells),
    }
    .into()
}

const GIVE_FIELDS: &[FieldSpec] = &[
    CONTACT,
    CONTACT_ID,
    PURPOSE,
    CHANNEL,
    METHOD,
    NOTICE_ID,
    NOTICE_VERSION,
    NOTICE_WORDING,
    NOTICE_LANGUAGE,
    EVIDENCE_IP,
    EVIDENCE_AGENT,
    EVIDENCE_FORM,
    EVIDENCE_REFERENCE,
    optional("valid_until", "valid_until"),
];
pub(super) const GIVE: Verb = Verb { word: "give_consent", own: GIVE_FIELDS, build: give };

fn give(cells: &mut Cells<'_>) -> Command {
    GiveConsentRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        purpose: cells.required_key("purpose"),
        channel: cells.required_word::<ConsentChannel>("channel"),
        notice: notice(cells),
        method: cells.required_word::<ConsentMethod>("method"),
        evidence: evidence(cells),
        valid_until: cells.moment("valid_until"),
        consent_id: ConsentId::derived(cells.source(), cells.key()).to_string(),
    }
    .into()
}

const REFUSE_FIELDS: &[FieldSpec] = &[CONTACT, CONTACT_ID, PURPOSE, CHANNEL, METHOD];
pub(super) const REFUSE: Verb = Verb { word: "refuse_consent", own: REFUSE_FIELDS, build: refuse };

fn refuse(cells: &mut Cells<'_>) -> Command {
    RefuseConsentRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        purpose: cells.required_key("purpose"),
        channel: cells.required_word::<ConsentChannel>("channel"),
        method: cells.required_word::<ConsentMethod>("method"),
    }
    .into()
}

const WITHDRAW_FIELDS: &[FieldSpec] = &[
    CONTACT,
    CONTACT_ID,
    PURPOSE,
    CHANNEL,
    METHOD,
    EVIDENCE_IP,
    EVIDENCE_AGENT,
    EVIDENCE_FORM,
    EVIDENCE_REFERENCE,
];
pub(super) const WITHDRAW: Verb = Verb { word: "withdraw_consent", own: WITHDRAW_FIELDS, build: withdraw };

fn withdraw(cells: &mut Cells<'_>) -> Command {
    WithdrawConsentRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        purpose: cells.required_key("purpose"),
        channel: cells.required_word::<ConsentChannel>("channel"),
        method: cells.required_word::<ConsentMethod>("method"),
        evidence: evidence(cells),
    }
    .into()
}

fn notice(cells: &mut Cells<'_>) -> Option<ConsentNotice> {
    Some(ConsentNotice {
        id: cells.required_text("notice.id", Reference::parse),
        version: cells.required_text("notice.version", Label::parse),
        wording_sha256: cells.text("notice.wording_sha256", Reference::parse),
        language: cells.text("notice.language", Reference::parse),
    })
}

/// What proves it; none where nothing does.
fn evidence(cells: &mut Cells<'_>) -> Option<ConsentEvidence> {
    let evidence = ConsentEvidence {
        ip: cells.text("evidence.ip", Label::parse),
        user_agent: cells.text("evidence.user_agent", Label::parse),
        form_url: cells.text("evidence.form_url", Label::parse),
        reference: cells.text("evidence.reference", Label::parse),
    };
    (evidence != ConsentEvidence::default()).then_some(evidence)
}
