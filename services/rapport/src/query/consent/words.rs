//! A step of a trail in words.

use rapport_proto::v1::{ConsentMethod, ConsentStep, Jurisdiction, JurisdictionBasis, SuppressionKind};

use crate::wire::{rfc3339, word_of};

/// What happened, as an auditor would read it.
pub(super) fn told(step: &ConsentStep) -> String {
    let said = match step.event_type.as_str() {
        "consent.requested.v1" => "asked".to_owned(),
        "consent.confirmation_requested.v1" => {
            format!("agreed{}, to be confirmed by {}", how(step), rfc3339(step.confirm_by.as_ref()))
        }
        "consent.given.v1" => format!("agreed{}{}", how(step), until(step)),
        "consent.renewed.v1" => format!("agreed anew{}{}, after {}", how(step), until(step), step.renews),
        "consent.refused.v1" => format!("said no{}{}", how(step), left_alone(step)),
        "consent.withdrawn.v1" => format!("took it back{}{}", how(step), left_alone(step)),
        "consent.expired.v1" => format!("ran out at {}", rfc3339(step.valid_until.as_ref())),
        "consent.revoked.v1" => format!("ended by the company: {}", step.reason),
        "consent.invalidated.v1" => format!(
            "found invalid since {} by {}: {}",
            rfc3339(step.invalid_since.as_ref()),
            step.authority,
            step.reason
        ),
        "consent.invalidation_proposed.v1" => format!(
            "proposed to be found invalid since {} by {}: {}",
            rfc3339(step.invalid_since.as_ref()),
            step.authority,
            step.reason
        ),
        "suppression.raised.v1" => {
            let kind = word_of::<SuppressionKind>(step.suppression_kind);
            format!("does not want it ({kind}){}{}", how(step), left_alone(step))
        }
        "suppression.lift_requested.v1" => format!("asks to have it again{}", how(step)),
        "suppression.lifted.v1" => format!("wants it again{}: {}", how(step), step.reason),
        "suppression.retained.v1" => "kept on the suppression list after the erasure".to_owned(),
        other => other.to_owned(),
    };
    let notice = step.notice.as_ref();
    let shown = notice.map(|notice| format!(", {} {}", notice.id, notice.version)).unwrap_or_default();
    format!("{said}{shown}{}{}", law(step.jurisdiction.as_ref()), captured(step))
}

fn how(step: &ConsentStep) -> String {
    let method = word_of::<ConsentMethod>(step.method);
    match (method.as_str(), step.evidence_grade.as_str()) {
        ("", _) => String::new(),
        (method, "") => format!(" by {method}"),
        (method, grade) => format!(" by {method}, grade {grade}"),
    }
}

fn until(step: &ConsentStep) -> String {
    step.valid_until.as_ref().map(|until| format!(", until {}", rfc3339(Some(until)))).unwrap_or_default()
}

fn left_alone(step: &ConsentStep) -> String {
    let until = step.no_reask_before.as_ref();
    until.map(|until| format!(", not to be asked before {}", rfc3339(Some(until)))).unwrap_or_default()
}

fn captured(step: &ConsentStep) -> String {
    let at = step.evidence.as_ref().and_then(|evidence| evidence.captured_at.as_ref());
    at.map(|at| format!(", captured at {}", rfc3339(Some(at)))).unwrap_or_default()
}

fn law(jurisdiction: Option<&Jurisdiction>) -> String {
    let Some(Jurisdiction { code, basis }) = jurisdiction else { return String::new() };
    format!(", law of {code} ({})", word_of::<JurisdictionBasis>(*basis))
}
