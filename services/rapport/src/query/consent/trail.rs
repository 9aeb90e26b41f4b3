//! Every step of a subject's consents, with the words that it names where they are published here.

use std::sync::Arc;

use rapport_proto::v1::{
    ConsentChannel, ConsentMethod, ConsentNotice, ConsentStep, GetConsentTrailRequest,
    GetConsentTrailResponse, PublishedNotice, SuppressionKind,
};
use serde_json::{Value, json};

use super::{Options, words};
use crate::client::{Client, Standing};
use crate::error::Failure;
use crate::notice;
use crate::output::{self, Table};
use crate::query::pages::{Extent, Page, gather};
use crate::suppression;
use crate::wire::{rfc3339, word_of};

/// A step, and the words that it names.
pub(crate) struct Step {
    pub(crate) step: ConsentStep,
    words: Option<Arc<PublishedNotice>>,
}

impl Step {
    /// As JSON.
    pub(crate) fn document(&self) -> Value {
        document(&self.step)
    }
}

/// Reads all of them, oldest first.
///
/// # Errors
/// When the gateway refuses.
pub(crate) async fn read(client: &Client, options: &Options) -> Result<Vec<Step>, Failure> {
    let all = Extent { limit: 0, all: true };
    let gathered = gather(all, |page| {
        let request = GetConsentTrailRequest {
            header: options.read.header(),
            contact_id: options.contact_id.clone(),
            purpose: options.purpose.clone(),
            page: Some(page),
            with_proof: options.with_proof,
        };
        let mut service = client.consents();
        async move {
            let mut answer = service.get_consent_trail(request).await?.into_inner();
            let (standing, next) = (Standing::from(&answer), std::mem::take(&mut answer.next_page_token));
            Ok(Page { entries: steps(answer), next, standing })
        }
    });
    Ok(gathered.await?.entries)
}

/// The steps of a page, with the words that came with it.
pub(crate) fn steps(page: GetConsentTrailResponse) -> Vec<Step> {
    let words: Vec<Arc<PublishedNotice>> = page.notices.into_iter().map(Arc::new).collect();
    let with_words = |step: ConsentStep| {
        let words = words.iter().find(|words| names(&step, words)).cloned();
        Step { step, words }
    };
    page.steps.into_iter().map(with_words).collect()
}

fn names(step: &ConsentStep, words: &PublishedNotice) -> bool {
    step.notice.as_ref().is_some_and(|notice| {
        (&notice.id, &notice.version, &notice.wording_sha256)
            == (&words.id, &words.version, &words.wording_sha256)
    })
}

/// The words of a trail, each once, in the order in which they are named first.
fn published(steps: &[Step]) -> Vec<&Arc<PublishedNotice>> {
    let mut words: Vec<&Arc<PublishedNotice>> = Vec::new();
    for named in steps.iter().filter_map(|step| step.words.as_ref()) {
        if !words.iter().any(|words| words.position == named.position) {
            words.push(named);
        }
    }
    words
}

/// The steps as JSON.
pub(crate) fn steps_document(steps: &[Step]) -> Value {
    steps.iter().map(Step::document).collect()
}

/// The words that they name, as JSON.
pub(crate) fn notices_document(steps: &[Step]) -> Value {
    published(steps).into_iter().map(|words| notice::document(words)).collect()
}

fn document(step: &ConsentStep) -> Value {
    json!({
        "position": step.position,
        "event_type": step.event_type,
        "event_id": step.event_id,
        "occurred_at": output::instant(step.occurred_at.as_ref()),
        "recorded_at": output::instant(step.recorded_at.as_ref()),
        "actor": output::actor(step.actor.as_ref()),
        "purpose": step.purpose,
        "channel": output::text(&word_of::<ConsentChannel>(step.channel)),
        "consent_id": output::text(&step.consent_id),
        "notice": super::notice(step.notice.as_ref()),
        "method": output::text(&word_of::<ConsentMethod>(step.method)),
        "evidence_grade": output::text(&step.evidence_grade),
        "valid_until": output::instant(step.valid_until.as_ref()),
        "evidence": evidence(step),
        "suppression_kind": output::text(&word_of::<SuppressionKind>(step.suppression_kind)),
        "reason": output::text(&step.reason),
        "jurisdiction": super::jurisdiction(step.jurisdiction.as_ref()),
        "token_sha256": output::text(&step.token_sha256),
        "confirm_by": output::instant(step.confirm_by.as_ref()),
        "renews": output::text(&step.renews),
        "invalid_since": output::instant(step.invalid_since.as_ref()),
        "authority": output::text(&step.authority),
        "no_reask_before": output::instant(step.no_reask_before.as_ref()),
        "payload_sha256": step.payload_sha256,
        "proof": output::text(&step.proof),
    })
}

fn evidence(step: &ConsentStep) -> Value {
    if step.evidence_erased {
        return json!({ "erased": true });
    }
    if !step.evidence_sealed.is_empty() {
        let sealed = &step.evidence_sealed;
        return json!({ "sealed": serde_json::from_str::<Value>(sealed).unwrap_or_else(|_| sealed.as_str().into()) });
    }
    step.evidence.as_ref().map_or(Value::Null, |evidence| {
        json!({
            "ip": output::text(&evidence.ip),
            "user_agent": output::text(&evidence.user_agent),
            "form_url": output::text(&evidence.form_url),
            "reference": output::text(&evidence.reference),
            "captured_at": output::instant(evidence.captured_at.as_ref()),
        })
    })
}

/// For people: a table, then the words that the steps name.
pub(crate) fn lines(steps: &[Step]) -> String {
    let words: Vec<PublishedNotice> = published(steps).into_iter().map(|words| (**words).clone()).collect();
    let published = if words.is_empty() { String::new() } else { format!("\n{}", notice::words(&words)) };
    format!("{}{published}{}", table(steps), unpublished(steps))
}

fn table(steps: &[Step]) -> String {
    let mut table = Table::new(vec!["#position", "occurred_at", "purpose", "channel", "by", "what"]);
    for Step { step, .. } in steps {
        let actor = step.actor.as_ref().map(|actor| format!("{}:{}", actor.kind, actor.id));
        table.row(vec![
            step.position.to_string(),
            rfc3339(step.occurred_at.as_ref()),
            suppression::or_every(&step.purpose, step.suppression_kind),
            suppression::or_every(&word_of::<ConsentChannel>(step.channel), step.suppression_kind),
            actor.unwrap_or_default(),
            words::told(step),
        ]);
    }
    table.lines()
}

fn called(notice: &ConsentNotice) -> String {
    format!("{} {}", notice.id, notice.version)
}

/// A line for each notice whose words are not known here.
fn unpublished(steps: &[Step]) -> String {
    let mut lines: Vec<String> = steps
        .iter()
        .filter(|step| step.words.is_none())
        .filter_map(|step| step.step.notice.as_ref())
        .map(|notice| format!("\n{}: not published here\n", called(notice)))
        .collect();
    lines.dedup();
    lines.concat()
}
