//! Answers about consents.

use rapport_domain::consent::{Evidence, EvidenceGrade, Jurisdiction, Notice};
use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::personal::Personal;
use rapport_domain::value::Key;
use rapport_projections::Page;
use rapport_projections::consent::{Consent, ConsentStatus, ConsentStep, Suppression};
use rapport_proto::v1 as wire;

use crate::access::Admitted;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::services::audit::LeadsTo;
use crate::services::notices::notice as published_notice;
use crate::wire::{Known, Reader, actor as wire_actor, text, timestamp};

impl Known for wire::ConsentStatus {
    type Domain = ConsentStatus;
    const PAIRS: &'static [(Self, ConsentStatus)] = &[
        (Self::Requested, ConsentStatus::Requested),
        (Self::Given, ConsentStatus::Given),
        (Self::Refused, ConsentStatus::Refused),
        (Self::Withdrawn, ConsentStatus::Withdrawn),
        (Self::Expired, ConsentStatus::Expired),
        (Self::Pending, ConsentStatus::Pending),
        (Self::Lapsed, ConsentStatus::Lapsed),
        (Self::Renewed, ConsentStatus::Renewed),
        (Self::Revoked, ConsentStatus::Revoked),
        (Self::Invalidated, ConsentStatus::Invalidated),
    ];
}

impl Services {
    pub(in crate::services) async fn answer_consents(
        &self,
        message: wire::GetConsentsRequest,
    ) -> Result<wire::GetConsentsResponse, Error> {
        let mut fields = Fields::new();
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let valid_at = fields.instant("valid_at", message.valid_at);
        let (contact_id, valid_at) = fields.finish((contact_id, valid_at))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let valid_at = valid_at.unwrap_or(moment.today);
        let answer = self.projections.consent().consents(moment.freshness, contact_id, valid_at).await;
        let answer = moment.known(answer)?;
        let (consents, suppressions) = answer.value.unwrap_or_default();
        Ok(wire::GetConsentsResponse {
            consents: consents.into_iter().map(consent).collect(),
            position: answer.position.0,
            as_of: moment.as_of(),
            suppressions: suppressions.into_iter().map(suppression).collect(),
        })
    }

    pub(in crate::services) async fn answer_consent_trail(
        &self,
        admitted: &Admitted,
        message: wire::GetConsentTrailRequest,
    ) -> Result<wire::GetConsentTrailResponse, Error> {
        let mut fields = Fields::new();
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let purpose = fields.optional("purpose", &message.purpose, Key::parse);
        let page = fields.page(message.page.as_ref());
        let (contact_id, purpose, page) = fields.finish((contact_id, purpose, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.consent().trail(moment.freshness, contact_id, purpose, page).await;
        let answer = moment.known(answer)?;
        let (page, words) = answer.value.unwrap_or_else(|| (Page::empty(), Vec::new()));
        let shown = |reader: &Reader<'_>| {
            page.items.into_iter().map(|item| step(reader, &contact_id, item)).collect::<Result<Vec<_>, _>>()
        };
        let mut steps = self.disclosing(admitted, &[contact_id].into(), answer.position, shown).await?;
        if message.with_proof {
            for step in &mut steps {
                step.proof = self.proof(Position(step.position), LeadsTo::Signed).await?.to_string();
            }
        }
        Ok(wire::GetConsentTrailResponse {
            steps,
            next_page_token: page.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
            notices: words.into_iter().map(published_notice).collect(),
        })
    }
}

fn consent(consent: Consent) -> wire::Consent {
    wire::Consent {
        purpose: consent.topic.purpose.to_string(),
        channel: wire::ConsentChannel::number(consent.topic.channel),
        status: wire::ConsentStatus::number(consent.status),
        consent_id: text(consent.consent_id.as_ref()),
        notice: consent.notice.as_ref().map(notice),
        method: consent.method.map_or(0, wire::ConsentMethod::number),
        evidence_grade: consent.evidence_grade.map(grade).unwrap_or_default(),
        valid_until: consent.valid_until.map(timestamp),
        since: Some(timestamp(consent.since)),
        jurisdiction: consent.jurisdiction.as_ref().map(jurisdiction),
        confirm_by: consent.confirm_by.map(timestamp),
    }
}

fn suppression(suppression: Suppression) -> wire::Suppression {
    wire::Suppression {
        kind: wire::SuppressionKind::number(suppression.kind),
        purpose: text(suppression.scope.purpose.as_ref()),
        channel: suppression.scope.channel.map_or(0, wire::ConsentChannel::number),
        status: wire::SuppressionStatus::number(suppression.status),
        method: wire::ConsentMethod::number(suppression.method),
        reason: text(suppression.reason.as_ref()),
        since: Some(timestamp(suppression.since)),
    }
}

fn step(reader: &Reader<'_>, subject: &ContactId, step: ConsentStep) -> Result<wire::ConsentStep, Error> {
    let base = wire::ConsentStep {
        position: step.position.0,
        event_type: step.event_type,
        event_id: step.event_id,
        occurred_at: Some(timestamp(step.occurred_at)),
        recorded_at: Some(timestamp(step.recorded_at)),
        actor: Some(wire_actor(&step.actor)),
        purpose: text(step.scope.purpose.as_ref()),
        channel: step.scope.channel.map_or(0, wire::ConsentChannel::number),
        consent_id: text(step.consent_id.as_ref()),
        notice: step.notice.as_ref().map(notice),
        method: step.method.map_or(0, wire::ConsentMethod::number),
        evidence_grade: step.evidence_grade.map(grade).unwrap_or_default(),
        valid_until: step.valid_until.map(timestamp),
        payload_sha256: step.payload_sha256,
        suppression_kind: step.suppression_kind.map_or(0, wire::SuppressionKind::number),
        reason: text(step.reason.as_ref()),
        jurisdiction: step.jurisdiction.as_ref().map(jurisdiction),
        token_sha256: text(step.token_sha256.as_ref()),
        confirm_by: step.confirm_by.map(timestamp),
        renews: text(step.renews.as_ref()),
        invalid_since: step.invalid_since.map(timestamp),
        authority: text(step.authority.as_ref()),
        no_reask_before: step.no_reask_before.map(timestamp),
        ..wire::ConsentStep::default()
    };
    let Some(evidence) = step.evidence else { return Ok(base) };
    Ok(match reader.disclosed(subject, evidence)? {
        Personal::Clear(evidence) => wire::ConsentStep { evidence: Some(readable(&evidence)), ..base },
        Personal::Sealed(envelope) => {
            wire::ConsentStep { evidence_sealed: Reader::sealed(&envelope)?, ..base }
        }
        Personal::Erased => wire::ConsentStep { evidence_erased: true, ..base },
    })
}

fn readable(evidence: &Evidence) -> wire::ConsentEvidence {
    wire::ConsentEvidence {
        ip: text(evidence.ip.as_ref()),
        user_agent: text(evidence.user_agent.as_ref()),
        form_url: text(evidence.form_url.as_ref()),
        reference: text(evidence.reference.as_ref()),
        captured_at: evidence.captured_at.map(timestamp),
    }
}

fn notice(notice: &Notice) -> wire::ConsentNotice {
    wire::ConsentNotice {
        id: notice.id.to_string(),
        version: notice.version.to_string(),
        wording_sha256: text(notice.wording_sha256.as_ref()),
        language: text(notice.language.as_ref()),
    }
}

fn jurisdiction(jurisdiction: &Jurisdiction) -> wire::Jurisdiction {
    wire::Jurisdiction {
        code: jurisdiction.code.to_string(),
        basis: wire::JurisdictionBasis::number(jurisdiction.basis),
    }
}

fn grade(grade: EvidenceGrade) -> String {
    match grade {
        EvidenceGrade::A => "A",
        EvidenceGrade::B => "B",
        EvidenceGrade::C => "C",
    }
    .to_owned()
}
