//! What is said about how a deal is to go on, and what a stage asks for before a deal comes there.

use super::*;
use crate::id::ContactId;

fn deal() -> Given<Opportunity> {
    given([opened()])
}

fn next_step(what: &str, due_on: Option<&str>) -> Event {
    NextStepSet { what: label(what), due_on: due_on.map(day) }.into()
}

fn added(contact_role: ContactRole) -> Event {
    ContactRoleAdded { contact_role }.into()
}

fn forecast(category: Option<ForecastCategory>, percent: Option<u32>, reason: &str) -> Event {
    let probability = percent.map(|percent| Percent::new(percent).unwrap());
    ForecastOverridden { category, probability, reason: label(reason) }.into()
}

/// Somebody else than the deal's contact.
fn colleague(number: usize) -> ContactRole {
    ContactRole { contact_id: ContactId::derived("tests", &number.to_string()), role: Role::User }
}

/// Sales, where `offer` and `won` ask for these fields.
fn strict(fields: &[&str]) -> Definition {
    let mut strict = Definition { version: 3, ..sales() };
    for stage in &mut strict.stages {
        if ["offer", "won"].contains(&stage.key.as_str()) {
            let fields = fields.iter().map(|field| DealField::parse(field).unwrap());
            stage.required = RequiredFields::new(fields).unwrap();
        }
    }
    strict
}

fn required(stage: &str, missing: &[DealField]) -> Rejection {
    Rejection::FieldRequired { stage: key(stage), missing: missing.to_vec() }
}

/// A deal of which only the title is known.
fn bare() -> Open {
    Open {
        contact_id: None,
        amount: None,
        expected_close_on: None,
        owner: None,
        team: None,
        segments: Segments::new(),
        ..begin()
    }
}

fn bare_deal() -> Opened {
    Opened {
        contact_id: None,
        amount: None,
        expected_close_on: None,
        owner: None,
        team: None,
        segments: Segments::new(),
        ..began()
    }
}

#[test]
fn a_next_step_is_said_and_said_anew() {
    deal().when(set_next_step("Call", Some("2026-12-01"))).then([next_step("Call", Some("2026-12-01"))]);
    let called = || given::<Opportunity>([opened(), next_step("Call", Some("2026-12-01"))]);
    called().when(set_next_step("Call", Some("2026-12-01"))).then_nothing();
    called().when(set_next_step("Call", None)).then([next_step("Call", None)]);
    called().when(set_next_step("Visit", Some("2026-12-01"))).then([next_step("Visit", Some("2026-12-01"))]);
}

#[test]
fn a_contact_takes_a_role_once_and_can_have_several() {
    let (decides, buys) = (role(Role::DecisionMaker), role(Role::EconomicBuyer));
    deal().when(add_role(Role::DecisionMaker)).then([added(decides)]);
    let decided = || given::<Opportunity>([opened(), added(decides)]);
    decided().when(add_role(Role::DecisionMaker)).then_nothing();
    decided().when(add_role(Role::EconomicBuyer)).then([added(buys)]);
}

#[test]
fn a_role_is_taken_back_and_what_is_not_there_changes_nothing() {
    let decides = role(Role::DecisionMaker);
    let removed: Event = ContactRoleRemoved { contact_role: decides }.into();
    let remove = |contact_role| Command::RemoveContactRole { contact_role };
    given::<Opportunity>([opened(), added(decides)]).when(remove(decides)).then([removed.clone()]);
    given::<Opportunity>([opened(), added(decides), removed]).when(remove(decides)).then_nothing();
    deal().when(remove(decides)).then_nothing();
}

#[test]
fn a_deal_has_as_many_roles_as_the_limit() {
    let roles = (0..CONTACT_ROLES_MAX).map(|number| added(colleague(number)));
    let full: Vec<Event> = std::iter::once(opened()).chain(roles).collect();
    let add = |contact_role| Command::AddContactRole { contact_role };
    given::<Opportunity>(full.clone())
        .when(add(colleague(CONTACT_ROLES_MAX)))
        .then_rejected(Rejection::TooManyContactRoles);
    given::<Opportunity>(full).when(add(colleague(0))).then_nothing();
}

fn segment_set(name: &str, value: &str) -> Event {
    SegmentSet { key: key(name), value: label(value) }.into()
}

fn segment_cleared(name: &str) -> Event {
    SegmentCleared { key: key(name) }.into()
}

#[test]
fn a_field_that_reports_group_by_is_set_changed_and_cleared() {
    deal().when(set_segment("region", "West")).then([segment_set("region", "West")]);
    deal().when(set_segment("product", "tables")).then([segment_set("product", "tables")]);
    deal().when(set_segment("product", "chairs")).then_nothing();
    deal().when(clear_segment("product")).then([segment_cleared("product")]);
    deal().when(clear_segment("region")).then_nothing();
    let cleared = || given::<Opportunity>([opened(), segment_cleared("product")]);
    cleared().when(set_segment("product", "chairs")).then([segment_set("product", "chairs")]);
    cleared().when(open(begin())).then_nothing();
}

#[test]
fn a_deal_has_as_many_fields_that_reports_group_by_as_the_limit() {
    let more = (1..SEGMENTS_MAX).map(|n| segment_set(&format!("field_{n}"), "x"));
    let full: Vec<Event> = std::iter::once(opened()).chain(more).collect();
    given::<Opportunity>(full.clone())
        .when(set_segment("region", "West"))
        .then_rejected(Rejection::TooManySegments);
    given::<Opportunity>(full)
        .when(set_segment("product", "tables"))
        .then([segment_set("product", "tables")]);
}

#[test]
fn a_forecast_is_overridden_and_taken_back() {
    let commit = Some(ForecastCategory::Commit);
    deal().when(override_forecast(commit, Some(80), "Signed")).then([forecast(commit, Some(80), "Signed")]);
    let sure = || given::<Opportunity>([opened(), forecast(commit, Some(80), "Signed")]);
    sure().when(override_forecast(commit, Some(80), "Signed")).then_nothing();
    sure().when(override_forecast(None, Some(80), "Signed")).then([forecast(None, Some(80), "Signed")]);
    sure().when(override_forecast(None, None, "Not yet")).then([forecast(None, None, "Not yet")]);
    deal().when(override_forecast(None, None, "Not yet")).then_nothing();
}

#[test]
fn an_override_stands_through_a_move_and_ends_when_the_deal_is_closed() {
    let commit = Some(ForecastCategory::Commit);
    let overridden = [opened(), forecast(commit, None, "Signed"), moved("new", "offer")];
    given::<Opportunity>(overridden.clone()).when(override_forecast(commit, None, "Signed")).then_nothing();
    for closing in [won("offer", None), lost("offer", "price")] {
        let reopened = Reopened { from: closing_stage(&closing), place: place("offer") }.into();
        let history: Vec<Event> = overridden.iter().cloned().chain([closing, reopened]).collect();
        given::<Opportunity>(history)
            .when(override_forecast(commit, None, "Signed"))
            .then([forecast(commit, None, "Signed")]);
    }
}

fn closing_stage(closing: &Event) -> crate::value::Key {
    key(if matches!(closing, Event::Won(_)) { "won" } else { "lost" })
}

#[test]
fn a_deal_does_not_come_to_a_stage_without_what_the_stage_asks_for() {
    let pipeline = strict(&["amount", "contact", "next_step", "segment:region", "contact_role:champion"]);
    let missing =
        [DealField::NextStep, DealField::Segment(key("region")), DealField::ContactRole(Role::Champion)];
    let move_there = Command::MoveStage { stage: key("offer"), pipeline: pipeline.clone() };
    deal().when(move_there.clone()).then_rejected(required("offer", &missing));
    let all = [DealField::Amount, DealField::Contact];
    let all: Vec<DealField> = all.into_iter().chain(missing.clone()).collect();
    given::<Opportunity>([bare_deal().into()]).when(move_there).then_rejected(required("offer", &all));
    deal()
        .when(Command::Win { amount: None, fx: None, pipeline: pipeline.clone() })
        .then_rejected(required("won", &missing));
    given::<Opportunity>([opened(), lost("new", "price")])
        .when(Command::Reopen { stage: Some(key("offer")), pipeline: pipeline.clone() })
        .then_rejected(required("offer", &missing));
    let stood = StagePlace::new(&pipeline, pipeline.stage(&key("offer")).unwrap());
    given::<Opportunity>([opened(), moved("new", "offer"), lost("offer", "price")])
        .when(Command::Reopen { stage: None, pipeline: pipeline.clone() })
        .then([Reopened { from: key("lost"), place: stood }.into()]);
    given::<Opportunity>([])
        .when(open(Open { stage: Some(key("offer")), pipeline, ..begin() }))
        .then_rejected(required("offer", &missing));
}

#[test]
fn a_deal_comes_to_a_stage_once_it_has_what_the_stage_asks_for() {
    let pipeline = strict(&["amount", "contact", "next_step", "contact_role:champion", "segment:product"]);
    let ready = [opened(), next_step("Call", None), added(role(Role::Champion))];
    given::<Opportunity>(ready)
        .when(Command::MoveStage { stage: key("offer"), pipeline: pipeline.clone() })
        .then([StageMoved { from: key("new"), place: place_in(&pipeline, "offer") }.into()]);
    // A stage that asks for nothing, and a loss, take every deal.
    deal().when(Command::MoveStage { stage: key("parked"), pipeline: pipeline.clone() }).then([StageMoved {
        from: key("new"),
        place: place_in(&pipeline, "parked"),
    }
    .into()]);
    let lost = Lost { from: key("new"), place: place_in(&pipeline, "lost"), reason: None, competitor: None };
    deal().when(Command::Lose { reason: None, competitor: None, pipeline }).then([lost.into()]);
}

#[test]
fn a_deal_is_opened_at_a_stage_that_asks_for_what_its_opening_says() {
    let pipeline = strict(&["next_step", "contact_role:champion"]);
    let opening = Open {
        stage: Some(key("offer")),
        next_step: Some(NextStepSet { what: label("Call"), due_on: None }),
        contact_roles: [role(Role::Champion)].into(),
        pipeline: pipeline.clone(),
        ..begin()
    };
    let event = Opened {
        place: place_in(&pipeline, "offer"),
        next_step: opening.next_step.clone(),
        contact_roles: opening.contact_roles.clone(),
        ..began()
    };
    given::<Opportunity>([]).when(open(opening)).then([event.into()]);
}

#[test]
fn a_field_that_is_set_later_is_known_and_one_that_was_cleared_is_not() {
    let pipeline = strict(&["segment:region"]);
    let move_there = Command::MoveStage { stage: key("offer"), pipeline: pipeline.clone() };
    let moved = StageMoved { from: key("new"), place: place_in(&pipeline, "offer") };
    let set = segment_set("region", "West");
    given::<Opportunity>([opened(), set.clone()]).when(move_there.clone()).then([moved.into()]);
    given::<Opportunity>([opened(), set, segment_cleared("region")])
        .when(move_there)
        .then_rejected(required("offer", &[DealField::Segment(key("region"))]));
}

#[test]
fn what_it_is_won_for_is_the_amount_that_winning_asks_for() {
    let pipeline = strict(&["amount"]);
    let bare = || given::<Opportunity>([bare_deal().into()]);
    bare()
        .when(Command::Win { amount: None, fx: None, pipeline: pipeline.clone() })
        .then_rejected(required("won", &[DealField::Amount]));
    let (amount, fx) = (Some(eur(500)), None);
    let won = Won { from: key("new"), place: place_in(&pipeline, "won"), amount, fx };
    bare().when(Command::Win { amount, fx, pipeline }).then([won.into()]);
}

#[test]
fn one_with_a_role_is_a_contact_too() {
    let pipeline = strict(&["contact"]);
    let event = StageMoved { from: key("new"), place: place_in(&pipeline, "offer") }.into();
    given::<Opportunity>([bare_deal().into(), added(role(Role::Legal))])
        .when(Command::MoveStage { stage: key("offer"), pipeline })
        .then([event]);
}

#[test]
fn what_is_asked_later_of_where_a_deal_stands_moves_nothing() {
    let pipeline = strict(&["next_step"]);
    given::<Opportunity>([opened(), moved("new", "offer")])
        .when(Command::MoveStage { stage: key("offer"), pipeline: pipeline.clone() })
        .then_nothing();
    given::<Opportunity>([bare_deal().into()]).when(open(Open { pipeline, ..bare() })).then_nothing();
}
