//! Contracts.

use rapport_domain::id::SubscriptionId;
use rapport_domain::value::{Invalid, Label};
use rapport_proto::v1::{
    CancelSubscriptionRequest, CancellationKind, ChangeSubscriptionAmountRequest, PauseSubscriptionRequest,
    ReactivateSubscriptionRequest, RenewSubscriptionRequest, StartSubscriptionRequest,
};

use super::{Cells, FieldSpec, Verb, many, optional, required, required_or};
use crate::command::Command;

const START_FIELDS: &[FieldSpec] = &[
    required_or("contact", "contact_id", "contact_id"),
    optional("contact_id", "contact_id"),
    required("plan", "plan"),
    required("mrr", "mrr"),
    required("currency", "mrr.currency"),
    optional("term_ends_on", "term_ends_on"),
    many("segments", "segments"),
];
pub(super) const START: Verb = Verb { word: "start_subscription", own: START_FIELDS, build: start };

fn start(cells: &mut Cells<'_>) -> Command {
    StartSubscriptionRequest {
        header: cells.header(),
        subscription_id: SubscriptionId::derived(cells.source(), cells.key()).to_string(),
        contact_id: cells.required_contact(),
        plan: cells.required_text("plan", Label::parse),
        mrr: cells.required_money("mrr", "currency"),
        term_ends_on: cells.day("term_ends_on"),
        segments: cells.segments(),
    }
    .into()
}

/// The contract that a command is about: the one named, or the one that the row's key names.
fn contract(cells: &mut Cells<'_>) -> String {
    let derived = |source: &str, key: &str| SubscriptionId::derived(source, key).to_string();
    let parse =
        |text: &str| -> Result<String, Invalid> { Ok(SubscriptionId::parse(text.trim())?.to_string()) };
    let named = cells.id("subscription", "subscription_id", derived, parse);
    if named.is_empty() { derived(cells.source(), cells.key()) } else { named }
}

const CONTRACT: FieldSpec = optional("subscription", "subscription_id");
const CONTRACT_ID: FieldSpec = optional("subscription_id", "subscription_id");

const RENEW_FIELDS: &[FieldSpec] = &[CONTRACT, CONTRACT_ID, required("term_ends_on", "term_ends_on")];
pub(super) const RENEW: Verb = Verb { word: "renew_subscription", own: RENEW_FIELDS, build: renew };

fn renew(cells: &mut Cells<'_>) -> Command {
    RenewSubscriptionRequest {
        header: cells.header(),
        subscription_id: contract(cells),
        term_ends_on: cells.required_day("term_ends_on"),
    }
    .into()
}

const CHANGE_AMOUNT_FIELDS: &[FieldSpec] =
    &[CONTRACT, CONTRACT_ID, required("mrr", "mrr"), required("currency", "mrr.currency")];
pub(super) const CHANGE_AMOUNT: Verb =
    Verb { word: "change_subscription_amount", own: CHANGE_AMOUNT_FIELDS, build: change_amount };

fn change_amount(cells: &mut Cells<'_>) -> Command {
    ChangeSubscriptionAmountRequest {
        header: cells.header(),
        subscription_id: contract(cells),
        mrr: cells.required_money("mrr", "currency"),
    }
    .into()
}

const PAUSE_FIELDS: &[FieldSpec] = &[CONTRACT, CONTRACT_ID];
pub(super) const PAUSE: Verb = Verb { word: "pause_subscription", own: PAUSE_FIELDS, build: pause };

fn pause(cells: &mut Cells<'_>) -> Command {
    PauseSubscriptionRequest { header: cells.header(), subscription_id: contract(cells) }.into()
}

const CANCEL_FIELDS: &[FieldSpec] =
    &[CONTRACT, CONTRACT_ID, required("kind", "kind"), optional("reason", "reason")];
pub(super) const CANCEL: Verb = Verb { word: "cancel_subscription", own: CANCEL_FIELDS, build: cancel };

fn cancel(cells: &mut Cells<'_>) -> Command {
    CancelSubscriptionRequest {
        header: cells.header(),
        subscription_id: contract(cells),
        kind: cells.required_word::<CancellationKind>("kind"),
        reason: cells.text("reason", Label::parse),
    }
    .into()
}

const REACTIVATE_FIELDS: &[FieldSpec] =
    &[CONTRACT, CONTRACT_ID, optional("mrr", "mrr"), optional("currency", "mrr.currency")];
pub(super) const REACTIVATE: Verb =
    Verb { word: "reactivate_subscription", own: REACTIVATE_FIELDS, build: reactivate };

fn reactivate(cells: &mut Cells<'_>) -> Command {
    ReactivateSubscriptionRequest {
        header: cells.header(),
        subscription_id: contract(cells),
        mrr: cells.money("mrr", "currency"),
    }
    .into()
}
