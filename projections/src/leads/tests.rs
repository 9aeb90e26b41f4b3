//! Given leads, when they are asked for, then this is how they stand, and what became of them.

mod model;

use rapport_domain::field_set::{Field, FieldType};
use rapport_domain::id::ScoringModelId;
use rapport_domain::lead::{
    self, Assigned, AssignmentDeclined, AssignmentTimedOut, Capture, Captured, CapturedAgain, Contacted,
    Converted, Disqualified, Event, FieldValue, Grade, Holder, Model as ScoringModel, Qualified, Recycled,
    Scored,
};
use rapport_domain::opportunity::{self, Opportunity};
use rapport_domain::value::ExternalRef;

use super::query::{contact_of, lead as found, list, with_active_leads};
use super::report::report;
use super::*;
use crate::query::Thing;
use crate::testing::company::definition;
use crate::testing::{History, Model, all_pages, at, contact, day, first_page, key, label, month, reference};

const MONDAY: &str = "2026-11-23T09:00:00Z";
const A_MINUTE_LATER: &str = "2026-11-23T09:01:00Z";
const AN_HOUR_LATER: &str = "2026-11-23T10:00:00Z";
const TUESDAY: &str = "2026-11-24T09:00:00Z";

fn id(name: &str) -> LeadId {
    LeadId::derived("tests", name)
}

fn deal() -> OpportunityId {
    OpportunityId::derived("tests", "deal")
}

fn external(name: &str) -> interaction::Source {
    interaction::Source { system: reference("forms"), external_ref: ExternalRef::parse(name).unwrap() }
}

fn capture(name: &str) -> Capture {
    Capture {
        source: Source::WebForm,
        campaign: Some(label("Autumn fair")),
        external: Some(external(name)),
        interaction_id: InteractionId::derived("tests", name),
        fields: [(key("employees"), FieldValue::Number(12))].into(),
        field_set_version: None,
    }
}

fn captured(name: &str) -> Captured {
    Captured { contact_id: contact(name), capture: capture(name) }
}

fn to(holder: Holder) -> Assigned {
    let respond_by = Some(at(AN_HOUR_LATER));
    Assigned { to: holder, previous: None, number: 1, reason: None, routing: None, respond_by }
}

fn to_ann() -> Assigned {
    to(Holder::Owner(reference("user_ann")))
}

fn contacted() -> Contacted {
    Contacted { interaction_id: InteractionId::derived("tests", "call") }
}

fn scored(rating: Rating, engagement: i32) -> Scored {
    let model = ScoringModel { model_id: ScoringModelId::derived("tests", "standard"), version: 1 };
    let score = Score { fit: 40, engagement, grade: Grade::A1, rating, model, contributions: vec![] };
    Scored { score }
}

fn converted(name: &str) -> Converted {
    Converted { contact_id: contact(name), account_id: None, opportunity_id: Some(deal()) }
}

fn place() -> opportunity::StagePlace {
    let definition = definition();
    opportunity::StagePlace::new(&definition, &definition.stages[0])
}

fn lost() -> opportunity::Lost {
    opportunity::Lost { from: key("open"), place: place(), reason: None, competitor: None }
}

fn happened(events: impl IntoIterator<Item = (&'static str, &'static str, Event)>) -> Model<LeadProjection> {
    let mut history = History::new();
    for (name, occurred_at, event) in events {
        history.add::<lead::Lead>(&id(name), occurred_at, event);
    }
    Model::of(LeadProjection, &history)
}

fn standing(model: &Model<LeadProjection>, name: &str) -> Lead {
    found(&model.connection, id(name), &first_page()).unwrap().0
}

fn listed(model: &Model<LeadProjection>, filter: &LeadFilter, order: LeadOrder) -> Vec<LeadId> {
    let leads = all_pages(1, |page| list(&model.connection, filter, order, page));
    leads.into_iter().map(|lead| lead.lead_id).collect()
}

#[test]
fn a_lead_that_comes_in_is_nobodys_and_tells_where_it_came_from() {
    let model = happened([("a", MONDAY, captured("a").into())]);
    let lead = standing(&model, "a");
    assert_eq!((lead.status, lead.owner, lead.queue), (LeadStatus::New, None, None));
    assert_eq!((lead.source, lead.campaign), (Source::WebForm, Some(label("Autumn fair"))));
    assert_eq!(lead.fields, capture("a").fields);
    assert_eq!(lead.captured_at, at(MONDAY));
    let external = external("a");
    assert_eq!(contact_of(&model.connection, &external).unwrap(), Some(contact("a")));
}

#[test]
fn a_lead_that_is_not_there_is_not_found() {
    let model = happened([("a", MONDAY, contacted().into())]);
    let missing = found(&model.connection, id("a"), &first_page());
    assert!(matches!(missing, Err(QueryError::NotFound { what: Thing::Lead })));
}

#[test]
fn the_first_time_of_each_step_is_kept() {
    let model = happened([
        ("a", MONDAY, captured("a").into()),
        ("a", A_MINUTE_LATER, to_ann().into()),
        ("a", AN_HOUR_LATER, AssignmentTimedOut { from: to_ann().to, number: 1 }.into()),
        ("a", TUESDAY, to(Holder::Owner(reference("user_bob"))).into()),
    ]);
    let lead = standing(&model, "a");
    assert_eq!((lead.status, lead.owner), (LeadStatus::Assigned, Some(reference("user_bob"))));
    assert_eq!(lead.assigned_at, Some(at(A_MINUTE_LATER)));
}

#[test]
fn a_lead_in_a_queue_has_no_owner_and_was_not_assigned_yet() {
    let model = happened([
        ("a", MONDAY, captured("a").into()),
        ("b", A_MINUTE_LATER, captured("b").into()),
        ("a", AN_HOUR_LATER, to(Holder::Queue(reference("inbound"))).into()),
        ("b", AN_HOUR_LATER, to_ann().into()),
    ]);
    assert_eq!(standing(&model, "a").assigned_at, None);
    let queue = LeadFilter { queue: Some(reference("inbound")), ..LeadFilter::default() };
    assert_eq!(listed(&model, &queue, LeadOrder::Oldest), [id("a")]);
    let unassigned = LeadFilter { unassigned: true, active: true, ..LeadFilter::default() };
    assert_eq!(listed(&model, &unassigned, LeadOrder::Oldest), [id("a")]);
    let ann = LeadFilter { owner: Some(reference("user_ann")), ..LeadFilter::default() };
    assert_eq!(listed(&model, &ann, LeadOrder::Oldest), [id("b")]);
}

#[test]
fn who_waits_longest_comes_first_whatever_was_told_first() {
    let model = happened([
        ("late", AN_HOUR_LATER, captured("late").into()),
        ("early", MONDAY, captured("early").into()),
        ("over", MONDAY, captured("over").into()),
        ("over", TUESDAY, Disqualified { reason: label("a student") }.into()),
    ]);
    let unassigned = LeadFilter { unassigned: true, active: true, ..LeadFilter::default() };
    assert_eq!(listed(&model, &unassigned, LeadOrder::Oldest), [id("early"), id("late")]);
}

#[test]
fn the_hot_list_begins_with_most_points() {
    let model = happened([
        ("few", MONDAY, captured("few").into()),
        ("many", MONDAY, captured("many").into()),
        ("same", MONDAY, captured("same").into()),
        ("warm", MONDAY, captured("warm").into()),
        ("few", TUESDAY, scored(Rating::Hot, 10).into()),
        ("many", TUESDAY, scored(Rating::Hot, 50).into()),
        ("same", TUESDAY, scored(Rating::Hot, 10).into()),
        ("warm", TUESDAY, scored(Rating::Warm, 90).into()),
    ]);
    let hot = LeadFilter { rating: Some(Rating::Hot), active: true, ..LeadFilter::default() };
    assert_eq!(listed(&model, &hot, LeadOrder::MostPoints), [id("many"), id("few"), id("same")]);
}

#[test]
fn whoever_gives_a_lead_back_leaves_it_to_nobody() {
    let back = AssignmentDeclined { owner: reference("user_ann"), number: 1, reason: None };
    let model = happened([
        ("a", MONDAY, captured("a").into()),
        ("a", A_MINUTE_LATER, to_ann().into()),
        ("a", AN_HOUR_LATER, back.into()),
    ]);
    let lead = standing(&model, "a");
    assert_eq!((lead.status, lead.owner, lead.respond_by), (LeadStatus::New, None, None));
}

#[test]
fn a_lead_that_rests_is_in_no_queue_until_somebody_comes_back() {
    let rest = Recycled { until: Some(day("2027-03-01")), reason: Some(label("budget next year")) };
    let events = vec![
        ("a", MONDAY, captured("a").into()),
        ("a", A_MINUTE_LATER, to_ann().into()),
        ("a", AN_HOUR_LATER, Event::from(rest)),
    ];
    let active = LeadFilter { active: true, ..LeadFilter::default() };
    let model = happened(events.clone());
    assert_eq!(standing(&model, "a").until, Some(day("2027-03-01")));
    assert_eq!(listed(&model, &active, LeadOrder::Oldest), []);
    let again = CapturedAgain { capture: capture("again") };
    let model = happened(events.into_iter().chain([("a", TUESDAY, again.into())]));
    assert_eq!(standing(&model, "a").captured_again, 1);
    assert_eq!(listed(&model, &active, LeadOrder::Oldest), [id("a")]);
}

#[test]
fn a_deal_that_is_won_or_lost_counts_for_its_lead_until_it_is_open_again() {
    let mut history = History::new();
    history
        .add::<lead::Lead>(&id("a"), MONDAY, captured("a"))
        .add::<lead::Lead>(&id("a"), MONDAY, Qualified { reason: None })
        .add::<lead::Lead>(&id("a"), AN_HOUR_LATER, converted("a"))
        .add::<Opportunity>(&deal(), TUESDAY, lost());
    let closed = |history: &History, step: Step| {
        let model = Model::of(LeadProjection, history);
        let all = report(&model.connection, &LeadReportQuery::default()).unwrap().all;
        all.steps.into_iter().find(|reached| reached.step == step).unwrap()
    };
    let lost = closed(&history, Step::Lost);
    assert_eq!((lost.leads, lost.times.p50_seconds), (1, Some(86_400)));
    assert_eq!(closed(&history, Step::Converted).times.mean_seconds, Some(3_600));
    let reopened = opportunity::Reopened { from: key("lost"), place: place() };
    history.add::<Opportunity>(&deal(), TUESDAY, reopened);
    assert_eq!(closed(&history, Step::Lost).leads, 0);
}

#[test]
fn an_owner_has_a_contact_while_the_lead_is_theirs_and_active() {
    let asked = |model: &Model<LeadProjection>, owner: &str| {
        let contacts = [contact("a"), contact("b")].into();
        with_active_leads(&model.connection, &reference(owner), &contacts).unwrap()
    };
    let events = vec![("a", MONDAY, Event::from(captured("a"))), ("a", A_MINUTE_LATER, to_ann().into())];
    let model = happened(events.clone());
    assert_eq!(asked(&model, "user_ann"), [contact("a")].into());
    assert_eq!(asked(&model, "user_bob"), [].into());
    let over = Disqualified { reason: label("a student") };
    let model = happened(events.into_iter().chain([("a", TUESDAY, over.into())]));
    assert_eq!(asked(&model, "user_ann"), [].into());
}

#[test]
fn what_happened_is_told_newest_first() {
    let model = happened([
        ("a", MONDAY, captured("a").into()),
        ("a", A_MINUTE_LATER, to_ann().into()),
        ("a", AN_HOUR_LATER, contacted().into()),
    ]);
    let entries = all_pages(2, |page| found(&model.connection, id("a"), page).map(|(_, entries)| entries));
    let told: Vec<&str> = entries.iter().map(|entry| entry.description.as_str()).collect();
    assert_eq!(
        told,
        [
            "lead contacted",
            "lead handed to user_ann; to be contacted by 2026-11-23T10:00:00.000000Z",
            "lead captured: web form, Autumn fair",
        ]
    );
}

#[test]
fn every_version_of_the_fields_of_leads_is_kept_and_the_one_in_force_comes_first() {
    let published = |version| {
        let field = Field {
            key: key("employees"),
            label: label("Employees"),
            field_type: FieldType::Number,
            required: version > 1,
            options: Vec::new(),
        };
        field_set::Definition { version, fields: vec![field] }
    };
    let mut history = History::new();
    for (version, when) in [(1, MONDAY), (2, TUESDAY)] {
        let event = field_set::Published { definition: published(version) };
        history.add::<field_set::FieldSet>(&field_set::of_leads(), when, event);
    }
    let model = Model::of(LeadProjection, &history);
    let known = |version, when| FieldSet { published_at: at(when), definition: published(version) };
    assert_eq!(field_sets::list(&model.connection).unwrap(), [known(2, TUESDAY), known(1, MONDAY)]);
}
