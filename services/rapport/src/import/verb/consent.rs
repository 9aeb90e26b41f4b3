//! Consents.

use rapport_domain::consent::Region;
use rapport_domain::id::ConsentId;
use rapport_domain::value::{Key, Label, Reference};
use rapport_proto::v1::{
    ConsentChannel, ConsentEvidence, ConsentMethod, ConsentNotice, GiveConsentRequest, Jurisdiction,
    JurisdictionBasis, RaiseSuppressionRequest, RefuseConsentRequest, RequestConsentRequest, SuppressionKind,
    WithdrawConsentRequest,
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
const LAW_CODE: FieldSpec = optional("jurisdiction.code", "jurisdiction.code");
const LAW_BASIS: FieldSpec = optional("jurisdiction.basis", "jurisdiction.basis");
const EVIDENCE_IP: FieldSpec = optional("evidence.ip", "evidence.ip");
const EVIDENCE_AGENT: FieldSpec = optional("evidence.user_agent", "evidence.user_agent");
const EVIDENCE_FORM: FieldSpec = optional("evidence.form_url", "evidence.form_url");
const EVIDENCE_REFERENCE: FieldSpec = optional("evidence.reference", "evidence.reference");
const EVIDENCE_CAPTURED_AT: FieldSpec = optional("evidence.captured_at", "evidence.captured_at");

const REQUEST_FIELDS: &[FieldSpec] = &[
    CONTACT,
    CONTACT_ID,
    PURPOSE,
    CHANNEL,
    NOTICE_ID,
    NOTICE_VERSION,
    NOTICE_WORDING,
    NOTICE_LANGUAGE,
    LAW_CODE,
    LAW_BASIS,
];
pub(super) const REQUEST: Verb = Verb { word: "request_consent", own: REQUEST_FIELDS, build: request };

fn request(cells: &mut Cells<'_>) -> Command {
    RequestConsentRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        purpose: cells.required_key("purpose"),
        channel: cells.required_word::<ConsentChannel>("channel"),
        notice: notice(cells),
        jurisdiction: jurisdiction(cells),
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
    EVIDENCE_CAPTURED_AT,
    optional("valid_until", "valid_until"),
    LAW_CODE,
    LAW_BASIS,
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
        jurisdiction: jurisdiction(cells),
    }
    .into()
}

const REFUSE_FIELDS: &[FieldSpec] = &[CONTACT, CONTACT_ID, PURPOSE, CHANNEL, METHOD, LAW_CODE, LAW_BASIS];
pub(super) const REFUSE: Verb = Verb { word: "refuse_consent", own: REFUSE_FIELDS, build: refuse };

fn refuse(cells: &mut Cells<'_>) -> Command {
    RefuseConsentRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        purpose: cells.required_key("purpose"),
        channel: cells.required_word::<ConsentChannel>("channel"),
        method: cells.required_word::<ConsentMethod>("method"),
        jurisdiction: jurisdiction(cells),
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
    EVIDENCE_CAPTURED_AT,
    LAW_CODE,
    LAW_BASIS,
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
        jurisdiction: jurisdiction(cells),
    }
    .into()
}

const RAISE_FIELDS: &[FieldSpec] = &[
    CONTACT,
    CONTACT_ID,
    required("kind", "kind"),
    optional("purpose", "purpose"),
    optional("channel", "channel"),
    METHOD,
    EVIDENCE_IP,
    EVIDENCE_AGENT,
    EVIDENCE_FORM,
    EVIDENCE_REFERENCE,
    EVIDENCE_CAPTURED_AT,
    LAW_CODE,
    LAW_BASIS,
];
pub(super) const RAISE: Verb = Verb { word: "raise_suppression", own: RAISE_FIELDS, build: raise };

fn raise(cells: &mut Cells<'_>) -> Command {
    RaiseSuppressionRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        kind: cells.required_word::<SuppressionKind>("kind"),
        purpose: cells.text("purpose", Key::parse),
        channel: cells.word::<ConsentChannel>("channel"),
        method: cells.required_word::<ConsentMethod>("method"),
        evidence: evidence(cells),
        jurisdiction: jurisdiction(cells),
    }
    .into()
}

/// Whose law applies; none where the row does not say.
fn jurisdiction(cells: &mut Cells<'_>) -> Option<Jurisdiction> {
    let jurisdiction = Jurisdiction {
        code: cells.text("jurisdiction.code", Region::parse),
        basis: cells.word::<JurisdictionBasis>("jurisdiction.basis"),
    };
    (jurisdiction != Jurisdiction::default()).then_some(jurisdiction)
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
        captured_at: cells.moment("evidence.captured_at"),
    };
    (evidence != ConsentEvidence::default()).then_some(evidence)
}
