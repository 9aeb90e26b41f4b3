//! What happened, in words that hold nothing personal.

use std::collections::BTreeSet;

use rapport_domain::consent::{self, Channel, Method, Topic};
use rapport_domain::contact::{self, Kind, LifecycleStage};
use rapport_domain::opportunity::{self, StagePlace};
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::quote;
use rapport_domain::subject_request::{self, Outcome, Right};
use rapport_domain::subscription::{self, CancellationKind};
use rapport_domain::suppression::{self, Scope};
use rapport_domain::value::{ContactPointKind, Key, Label};

pub(super) fn contact(event: &contact::Event) -> String {
    use contact::Event;
    match event {
        Event::Registered(event) => match event.kind {
            Kind::Person => "registered as a person".to_owned(),
            Kind::Organisation => "registered as an organisation".to_owned(),
        },
        Event::NameCorrected(_) => "name corrected".to_owned(),
        Event::ContactPointAdded(event) => format!("{} added", point(event.contact_point.kind)),
        Event::ContactPointRemoved(_) => "contact point removed".to_owned(),
        Event::OwnerAssigned(event) => match &event.previous_owner {
            Some(previous) => format!("handed from {previous} to {}", event.owner),
            None => format!("assigned to {}", event.owner),
        },
        Event::LifecycleStageChanged(event) => {
            format!("moved from {} to {}", lifecycle(event.from), lifecycle(event.to))
        }
        Event::SegmentSet(event) => format!("field {} set to {}", event.key, event.value),
        Event::SegmentCleared(event) => format!("field {} cleared", event.key),
        Event::Archived(_) => "archived".to_owned(),
        Event::Restored(_) => "restored".to_owned(),
        Event::Erased(_) => "erased".to_owned(),
        Event::LegalHoldPlaced(event) => match event.until {
            Some(until) => format!("legal hold for {} until {until}: {}", event.matter, event.reason),
            None => format!("legal hold for {}: {}", event.matter, event.reason),
        },
        Event::LegalHoldReleaseProposed(event) => {
            format!("release of the legal hold for {} proposed: {}", event.matter, event.reason)
        }
        Event::LegalHoldReleased(event) => {
            format!("legal hold for {} released: {}", event.matter, event.reason)
        }
        Event::Disclosed(event) => {
            format!("{} disclosed to {}, for {}", all(&event.data_categories), event.recipient, event.purpose)
        }
    }
}

pub(super) fn opportunity(event: &opportunity::Event) -> String {
    use opportunity::Event;
    match event {
        Event::Opened(event) => format!("opened in {}: {}", event.place.stage, event.title),
        Event::StageMoved(event) => moved(&event.from, &event.place),
        Event::AmountRevised(event) => amount_revised(event),
        Event::CloseDateMoved(event) => match event.previous {
            Some(previous) => format!("expected close moved from {previous} to {}", event.expected_close_on),
            None => format!("expected close set to {}", event.expected_close_on),
        },
        Event::OwnerAssigned(event) => match &event.team {
            Some(team) => format!("assigned to {} of {team}", event.owner),
            None => format!("assigned to {}", event.owner),
        },
        Event::Won(event) => format!("won: {}", moved(&event.from, &event.place)),
        Event::Lost(event) => {
            format!("lost: {}{}", moved(&event.from, &event.place), because(event.reason.as_ref()))
        }
        Event::Reopened(event) => format!("reopened: {}", moved(&event.from, &event.place)),
        Event::NextStepSet(event) => match event.due_on {
            Some(due_on) => format!("next step by {due_on}: {}", event.what),
            None => format!("next step: {}", event.what),
        },
        Event::ContactRoleAdded(event) => {
            let entry = event.contact_role;
            format!("{} takes part as {}", entry.contact_id, entry.role.as_str())
        }
        Event::ContactRoleRemoved(event) => {
            let entry = event.contact_role;
            format!("{} takes part no more as {}", entry.contact_id, entry.role.as_str())
        }
        Event::ForecastOverridden(event) => forecast(event),
        Event::SegmentSet(event) => format!("field {} set to {}", event.key, event.value),
        Event::SegmentCleared(event) => format!("field {} cleared", event.key),
        Event::CriterionMet(event) => {
            format!("{} of {} met{}", event.key, event.stage, because(event.note.as_ref()))
        }
        Event::CriterionRetracted(event) => {
            format!("{} of {} not met after all{}", event.key, event.stage, because(event.note.as_ref()))
        }
        Event::QuoteChosen(event) => format!("sold by {}", event.quote_id),
    }
}

fn amount_revised(event: &opportunity::AmountRevised) -> String {
    let amount = event.amount;
    let rate = event.fx.map_or_else(String::new, |fx| {
        format!(", 1 {} = {} {} on {}", amount.currency, fx.rate, fx.base_currency, fx.rate_date)
    });
    match event.previous {
        Some(previous) if previous == amount && event.fx.is_none() => format!("rate of {amount} taken away"),
        Some(previous) => format!("amount revised from {previous} to {amount}{rate}"),
        None => format!("amount set to {amount}{rate}"),
    }
}

fn forecast(event: &opportunity::ForecastOverridden) -> String {
    let category = event.category.map(|category| match category {
        ForecastCategory::Pipeline => "pipeline",
        ForecastCategory::BestCase => "best case",
        ForecastCategory::Commit => "commit",
        ForecastCategory::Closed => "closed",
        ForecastCategory::Omitted => "omitted",
    });
    let probability = event.probability.map(|percent| format!("{} %", percent.get()));
    let said: Vec<String> = category.map(str::to_owned).into_iter().chain(probability).collect();
    if said.is_empty() {
        return format!("forecast by its stage again: {}", event.reason);
    }
    format!("forecast as {}: {}", said.join(", "), event.reason)
}

pub(super) fn quote(event: &quote::Event) -> String {
    use quote::Event;
    match event {
        Event::Created(event) => format!("quote created: {}", event.offer.net()),
        Event::Revised(event) => {
            format!("quote revised to version {}: {}", event.offer.version, event.offer.net())
        }
        Event::Sent(event) => {
            format!("quote sent, version {}, valid until {}", event.version, event.valid_until)
        }
        Event::Accepted(event) => {
            format!("quote accepted, version {}: {}", event.version, event.deal_amount)
        }
        Event::Declined(event) => {
            format!("quote declined, version {}{}", event.version, because(event.reason.as_ref()))
        }
        Event::Expired(event) => format!("quote expired, version {}", event.version),
        Event::Withdrawn(event) => {
            format!("quote withdrawn, version {}: {}", event.version, event.reason)
        }
    }
}

pub(super) fn subject_request(event: &subject_request::Event) -> String {
    use subject_request::Event;
    match event {
        Event::Received(event) => {
            format!("asks for {}, to be answered by {}", right(event.right), event.due_on)
        }
        Event::Extended(event) => format!("extended to {}: {}", event.due_on, event.reason),
        Event::Approved(_) => "approved".to_owned(),
        Event::Refused(event) => format!("refused: {}", event.reason),
        Event::Fulfilled(event) => match &event.outcome {
            Outcome::ByHand { note } => format!("fulfilled: {note}"),
            Outcome::Erased(_) => "fulfilled: erased".to_owned(),
        },
        Event::ErasureScheduled(event) => format!("to be erased at {}", event.erase_at),
        Event::ErasureCancelled(event) => format!("erasure cancelled: {}", event.reason),
        Event::ErasureBegun(_) => "erasure begun".to_owned(),
        Event::DueSoon(event) => format!("due soon: to be answered by {}", event.due_on),
        Event::Overdue(event) => format!("overdue: it was to be answered by {}", event.due_on),
        Event::ArchiveMade(event) => format!("archive made, SHA-256 {}", event.archive.sha256),
        Event::RecipientsListed(event) => format!("to be told: {}", all(&event.recipients)),
        Event::RecipientTold(event) => format!("{} was told", event.recipient),
        Event::RecipientNotTold(event) => {
            format!("{} cannot be told{}", event.recipient, because(Some(&event.reason)))
        }
    }
}

fn all(labels: &BTreeSet<Label>) -> String {
    labels.iter().map(Label::as_str).collect::<Vec<_>>().join(", ")
}

const fn right(right: Right) -> &'static str {
    match right {
        Right::Access => "access",
        Right::Rectification => "rectification",
        Right::Erasure => "erasure",
        Right::Restriction => "restriction",
        Right::Portability => "portability",
        Right::Objection => "objection",
    }
}

pub(super) fn subscription(event: &subscription::Event) -> String {
    use subscription::Event;
    match event {
        Event::Started(event) => format!("started {} at {} a month", event.plan, event.mrr),
        Event::Renewed(event) => format!("renewed until {}", event.term_ends_on),
        Event::AmountChanged(event) => {
            format!("monthly amount changed from {} to {}", event.previous, event.mrr)
        }
        Event::Paused(event) => format!("paused at {} a month", event.mrr),
        Event::Cancelled(event) => {
            let by = match event.kind {
                CancellationKind::Voluntary => "cancelled by the customer",
                CancellationKind::Involuntary => "cancelled by the company or a failed payment",
            };
            format!("{by} at {} a month{}", event.mrr, because(event.reason.as_ref()))
        }
        Event::Reactivated(event) => format!("reactivated at {} a month", event.mrr),
    }
}

pub(super) fn consent(event: &consent::Event) -> String {
    use consent::Event;
    match event {
        Event::Requested(event) => format!("asked for consent to {}", topic(&event.topic)),
        Event::Given(event) => format!("gave consent to {} ({})", topic(&event.topic), method(event.method)),
        Event::Refused(event) => {
            format!("refused consent to {} ({})", topic(&event.topic), method(event.method))
        }
        Event::Withdrawn(event) => {
            format!("withdrew consent to {} ({})", topic(&event.topic), method(event.method))
        }
        Event::Expired(event) => format!("consent to {} ran out", topic(&event.topic)),
        Event::ConfirmationRequested(event) => {
            format!("was asked to confirm consent to {} ({})", topic(&event.topic), method(event.method))
        }
        Event::Renewed(event) => {
            format!("renewed consent to {} ({})", topic(&event.topic), method(event.method))
        }
        Event::Revoked(event) => {
            format!("consent to {} was revoked{}", topic(&event.topic), because(Some(&event.reason)))
        }
        Event::Invalidated(event) => format!(
            "consent to {} was found to be invalid{}",
            topic(&event.topic),
            because(Some(&event.reason))
        ),
        Event::InvalidationProposed(event) => format!(
            "consent to {} is proposed to be found invalid{}",
            topic(&event.topic),
            because(Some(&event.reason))
        ),
    }
}

pub(super) fn suppression(event: &suppression::Event) -> String {
    use suppression::Event;
    match event {
        Event::Raised(event) => {
            format!("{} {} ({})", no(event.kind), scope(&event.scope), method(event.method))
        }
        Event::LiftRequested(event) => {
            format!("asked for {} again ({})", scope(&event.scope), method(event.method))
        }
        Event::Lifted(event) => format!(
            "wants {} again ({}){}",
            scope(&event.scope),
            method(event.method),
            because(Some(&event.reason))
        ),
        Event::Retained(event) => {
            format!("kept on the suppression list by {} contact points", event.point_digests.len())
        }
    }
}

const fn no(kind: suppression::Kind) -> &'static str {
    match kind {
        suppression::Kind::Objection => "objected to",
        suppression::Kind::OptOutSignal => "opted out of",
        suppression::Kind::Unsubscribe => "unsubscribed from",
    }
}

fn scope(scope: &Scope) -> String {
    let purpose = scope.purpose.as_ref().map_or("every purpose", Key::as_str);
    let channel = scope.channel.map(|channel| format!(" {}", by(channel))).unwrap_or_default();
    format!("{purpose}{channel}")
}

fn moved(from: &Key, place: &StagePlace) -> String {
    format!("moved from {from} to {}", place.stage)
}

fn because(reason: Option<&Label>) -> String {
    reason.map(|reason| format!(", because: {reason}")).unwrap_or_default()
}

fn topic(topic: &Topic) -> String {
    format!("{} {}", topic.purpose, by(topic.channel))
}

const fn by(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "by e-mail",
        Channel::Sms => "by SMS",
        Channel::Voice => "by telephone",
        Channel::Push => "by push message",
        Channel::Post => "by letter",
        Channel::InApp => "in the application",
    }
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Checkbox => "checkbox",
        Method::Button => "button",
        Method::DoubleOptIn => "double opt-in",
        Method::VoiceRecorded => "recorded call",
        Method::PaperSigned => "signed paper",
        Method::ApiImport => "imported without proof",
        Method::GpcSignal => "browser signal",
        Method::OneClickUnsubscribe => "one-click unsubscribe",
        Method::StaffRecorded => "written down by staff",
    }
}

const fn point(kind: ContactPointKind) -> &'static str {
    match kind {
        ContactPointKind::Email => "e-mail address",
        ContactPointKind::Phone => "telephone number",
        ContactPointKind::Postal => "postal address",
        ContactPointKind::Social => "social account",
    }
}

const fn lifecycle(stage: LifecycleStage) -> &'static str {
    match stage {
        LifecycleStage::Subscriber => "subscriber",
        LifecycleStage::Lead => "lead",
        LifecycleStage::MarketingQualifiedLead => "marketing qualified lead",
        LifecycleStage::SalesQualifiedLead => "sales qualified lead",
        LifecycleStage::Opportunity => "opportunity",
        LifecycleStage::Customer => "customer",
        LifecycleStage::Evangelist => "evangelist",
        LifecycleStage::Churned => "churned",
        LifecycleStage::Other => "other",
    }
}
