//! Deals.

use rapport_domain::id::{OpportunityId, PipelineId};
use rapport_domain::value::{Invalid, Key, Label, Reference};
use rapport_proto::v1::{
    ContactRole, LoseOpportunityRequest, MeetExitCriterionRequest, MoveOpportunityStageRequest,
    OpenOpportunityRequest, OpportunityContact, WinOpportunityRequest,
};

use super::{Cells, FieldSpec, Verb, many, optional, required, required_or};
use crate::command::Command;

const OPEN_FIELDS: &[FieldSpec] = &[
    required_or("pipeline", "pipeline_id", "pipeline_id"),
    optional("pipeline_id", "pipeline_id"),
    optional("stage", "stage"),
    required("title", "title"),
    optional("contact", "contact_id"),
    optional("contact_id", "contact_id"),
    optional("amount", "amount"),
    optional("currency", "amount.currency"),
    optional("fx", "fx"),
    optional("expected_close_on", "expected_close_on"),
    optional("owner", "owner"),
    optional("team", "team"),
    many("segments", "segments"),
    optional("next_step", "next_step"),
    optional("next_step_due_on", "next_step_due_on"),
    optional("contact_role", "contact_roles"),
];
pub(super) const OPEN: Verb = Verb { word: "open_opportunity", own: OPEN_FIELDS, build: open };

fn open(cells: &mut Cells<'_>) -> Command {
    let derived = |source: &str, key: &str| PipelineId::derived(source, key).to_string();
    let parse = |text: &str| Ok(PipelineId::parse(text.trim())?.to_string());
    // The deal's contact is the one whose role a row says.
    let role = cells.word::<ContactRole>("contact_role");
    let has_role = role != i32::from(ContactRole::Unspecified);
    let contact_id = if has_role { cells.required_contact() } else { cells.contact() };
    let contact_roles = has_role.then(|| OpportunityContact { contact_id: contact_id.clone(), role });
    OpenOpportunityRequest {
        header: cells.header(),
        opportunity_id: OpportunityId::derived(cells.source(), cells.key()).to_string(),
        pipeline_id: cells.id("pipeline", "pipeline_id", derived, parse),
        stage: cells.text("stage", Key::parse),
        title: cells.required_text("title", Label::parse),
        contact_id,
        amount: cells.money("amount", "currency"),
        fx: cells.rate("fx", "amount"),
        expected_close_on: cells.day("expected_close_on"),
        owner: cells.text("owner", Reference::parse),
        team: cells.text("team", Reference::parse),
        segments: cells.segments(),
        next_step: cells.text("next_step", Label::parse),
        next_step_due_on: cells.day("next_step_due_on"),
        contact_roles: contact_roles.into_iter().collect(),
    }
    .into()
}

/// The deal that a command is about: the one named, or the one that the row's key names.
fn deal(cells: &mut Cells<'_>) -> String {
    let derived = |source: &str, key: &str| OpportunityId::derived(source, key).to_string();
    let parse =
        |text: &str| -> Result<String, Invalid> { Ok(OpportunityId::parse(text.trim())?.to_string()) };
    let named = cells.id("opportunity", "opportunity_id", derived, parse);
    if named.is_empty() { derived(cells.source(), cells.key()) } else { named }
}

const DEAL: FieldSpec = optional("opportunity", "opportunity_id");
const DEAL_ID: FieldSpec = optional("opportunity_id", "opportunity_id");

const MOVE_STAGE_FIELDS: &[FieldSpec] = &[DEAL, DEAL_ID, required("stage", "stage")];
pub(super) const MOVE_STAGE: Verb =
    Verb { word: "move_opportunity_stage", own: MOVE_STAGE_FIELDS, build: move_stage };

fn move_stage(cells: &mut Cells<'_>) -> Command {
    MoveOpportunityStageRequest {
        header: cells.header(),
        opportunity_id: deal(cells),
        stage: cells.required_key("stage"),
    }
    .into()
}

const MEET_FIELDS: &[FieldSpec] = &[DEAL, DEAL_ID, required("criterion", "key"), optional("note", "note")];
pub(super) const MEET_CRITERION: Verb =
    Verb { word: "meet_exit_criterion", own: MEET_FIELDS, build: meet_criterion };

fn meet_criterion(cells: &mut Cells<'_>) -> Command {
    MeetExitCriterionRequest {
        header: cells.header(),
        opportunity_id: deal(cells),
        key: cells.required_key("criterion"),
        note: cells.text("note", Label::parse),
    }
    .into()
}

const WIN_FIELDS: &[FieldSpec] = &[
    DEAL,
    DEAL_ID,
    optional("amount", "amount"),
    optional("currency", "amount.currency"),
    optional("fx", "fx"),
];
pub(super) const WIN: Verb = Verb { word: "win_opportunity", own: WIN_FIELDS, build: win };

fn win(cells: &mut Cells<'_>) -> Command {
    WinOpportunityRequest {
        header: cells.header(),
        opportunity_id: deal(cells),
        amount: cells.money("amount", "currency"),
        fx: cells.rate("fx", "amount"),
    }
    .into()
}

const LOSE_FIELDS: &[FieldSpec] =
    &[DEAL, DEAL_ID, optional("reason", "reason"), optional("competitor", "competitor")];
pub(super) const LOSE: Verb = Verb { word: "lose_opportunity", own: LOSE_FIELDS, build: lose };

fn lose(cells: &mut Cells<'_>) -> Command {
    LoseOpportunityRequest {
        header: cells.header(),
        opportunity_id: deal(cells),
        reason: cells.text("reason", Label::parse),
        competitor: cells.text("competitor", Label::parse),
    }
    .into()
}
