//! Which deals are at risk, and why.

use rapport_domain::opportunity::{
    CloseDateMoved, ContactRole, ContactRoleAdded, ContactRoleRemoved, Event, ForecastOverridden,
    NextStepSet, Opened, Opportunity as Aggregate, Role, SegmentCleared, SegmentSet, StagePlace,
};

use super::*;
use crate::pipeline::at_risk::at_risk;
use crate::testing::{Model, actor, day, segments};

/// Three deals that nobody neglects: one that may rot after 30 days, two that never do.
fn healthy() -> Deals {
    let mut deals = Deals::new();
    let stages = [("new", StageType::Open, 10, Some(30)), ("parked", StageType::OnHold, 55, None)];
    deals.publish(1, &stages);
    for (name, stage, owner) in [("a", "new", "ann"), ("b", "parked", "bob"), ("c", "parked", "ann")] {
        deals.open(name, "2026-01-01T06:00:00Z", stage, Some(eur(1_000)), owner, "east", []);
        happens(&mut deals, name, NextStepSet { what: label("Call"), due_on: Some(day("2026-06-01")) });
    }
    deals
}

fn happens(deals: &mut Deals, name: &str, event: impl Into<Event>) {
    deals.history.add::<Aggregate>(&deal(name), "2026-01-02T00:00:00Z", event);
}

fn moved_to(previous: Option<&str>, date: &str) -> CloseDateMoved {
    CloseDateMoved { previous: previous.map(day), expected_close_on: day(date) }
}

/// The deals at risk at a moment, by what they are called, with the reasons.
fn found(deals: &Deals, moment: &str) -> Vec<(String, Vec<DealRisk>)> {
    let model = deals.fold();
    let deals = all_pages(1, |page| at_risk(&model.connection, &AtRiskFilter::default(), at(moment), page));
    deals.into_iter().map(|found| (found.opportunity.title.to_string(), found.risks)).collect()
}

#[test]
fn deals_that_nobody_neglects_are_not_at_risk() {
    assert_eq!(found(&healthy(), "2026-01-20T00:00:00Z"), []);
}

#[test]
fn a_deal_stalls_when_it_is_longer_in_its_stage_than_the_stage_allows() {
    let deals = healthy();
    assert_eq!(found(&deals, "2026-01-31T06:00:00Z"), []);
    assert_eq!(found(&deals, "2026-01-31T06:00:00.000001Z"), [("a".to_owned(), vec![DealRisk::Stalled])]);
}

#[test]
fn how_long_is_judged_by_the_newest_version_that_has_the_stage() {
    let mut deals = healthy();
    deals.publish(2, &[("new", StageType::Open, 10, Some(5)), ("other", StageType::Open, 10, Some(1))]);
    assert_eq!(found(&deals, "2026-01-07T00:00:00Z"), [("a".to_owned(), vec![DealRisk::Stalled])]);
    deals.publish(3, &[("other", StageType::Open, 10, None)]);
    assert_eq!(found(&deals, "2026-01-07T00:00:00Z"), [("a".to_owned(), vec![DealRisk::Stalled])]);
}

#[test]
fn a_deal_needs_a_next_step_that_is_not_past() {
    let mut deals = healthy();
    deals.open("d", "2026-01-03T00:00:00Z", "parked", None, "", "", []);
    happens(&mut deals, "b", NextStepSet { what: label("Visit"), due_on: Some(day("2026-01-09")) });
    happens(&mut deals, "c", NextStepSet { what: label("Some day"), due_on: None });
    let missing = ("d".to_owned(), vec![DealRisk::NextStepMissing]);
    // The day on which it is due is not past before it is over.
    assert_eq!(found(&deals, "2026-01-09T23:59:59Z"), std::slice::from_ref(&missing));
    let overdue = ("b".to_owned(), vec![DealRisk::NextStepOverdue]);
    assert_eq!(found(&deals, "2026-01-10T00:00:00Z"), [overdue, missing]);
}

#[test]
fn a_deal_slips_when_its_close_date_is_put_off_twice_and_is_late_when_it_passed() {
    let mut deals = healthy();
    happens(&mut deals, "a", moved_to(None, "2026-01-10"));
    happens(&mut deals, "a", moved_to(Some("2026-01-10"), "2026-01-12"));
    // Brought forward: no delay.
    happens(&mut deals, "a", moved_to(Some("2026-01-12"), "2026-01-11"));
    assert_eq!(found(&deals, "2026-01-11T12:00:00Z"), []);
    let passed = ("a".to_owned(), vec![DealRisk::CloseDatePassed]);
    assert_eq!(found(&deals, "2026-01-12T00:00:00Z"), [passed]);
    happens(&mut deals, "a", moved_to(Some("2026-01-11"), "2026-05-01"));
    assert_eq!(found(&deals, "2026-01-12T00:00:00Z"), [("a".to_owned(), vec![DealRisk::CloseDateSlipping])]);
    let all = vec![
        DealRisk::Stalled,
        DealRisk::NextStepOverdue,
        DealRisk::CloseDatePassed,
        DealRisk::CloseDateSlipping,
    ];
    let late = found(&deals, "2026-06-02T00:00:00Z");
    assert_eq!(late[0], ("a".to_owned(), all));
}

#[test]
fn a_closed_deal_is_not_at_risk() {
    let mut deals = healthy();
    deals.win("a", "2026-01-03T00:00:00Z", None).lose("b", "2026-01-03T00:00:00Z");
    let late = vec![("c".to_owned(), vec![DealRisk::NextStepOverdue])];
    assert_eq!(found(&deals, "2026-09-01T00:00:00Z"), late);
}

#[test]
fn deals_at_risk_are_listed_by_owner_team_and_pipeline_with_their_age() {
    let model = healthy().fold();
    let list = |filter: &AtRiskFilter| {
        at_risk(&model.connection, filter, at("2026-06-02T06:00:01Z"), &first_page()).unwrap().items
    };
    let ann = AtRiskFilter { owner: Some(reference("ann")), ..AtRiskFilter::default() };
    let titles: Vec<String> = list(&ann).iter().map(|found| found.opportunity.title.to_string()).collect();
    assert_eq!(titles, ["a", "c"]);
    // 152 days and a second.
    assert_eq!(list(&ann)[0].age_seconds, 152 * 86_400 + 1);
    let nobody = AtRiskFilter { team: Some(reference("west")), ..AtRiskFilter::default() };
    assert_eq!(list(&nobody), []);
    let here = AtRiskFilter { pipeline_id: Some(pipeline_id()), ..AtRiskFilter::default() };
    assert_eq!(list(&here).len(), 3);
    let elsewhere = PipelineId::derived("tests", "renewals");
    assert_eq!(list(&AtRiskFilter { pipeline_id: Some(elsewhere), ..AtRiskFilter::default() }), []);
}

#[test]
fn a_deal_shows_its_next_step_and_who_takes_part() {
    let mut deals = healthy();
    let (decides, buys) = (contact_role("x", Role::DecisionMaker), contact_role("y", Role::EconomicBuyer));
    happens(&mut deals, "a", ContactRoleAdded { contact_role: decides });
    happens(&mut deals, "a", ContactRoleAdded { contact_role: buys });
    happens(&mut deals, "a", ContactRoleRemoved { contact_role: decides });
    let a = opportunity(&deals.fold().connection, deal("a")).unwrap();
    assert_eq!(a.contact_roles, [buys].into());
    assert_eq!(a.next_step, Some(NextStepSet { what: label("Call"), due_on: Some(day("2026-06-01")) }));
}

#[test]
fn a_deal_shows_what_its_opening_said_and_the_fields_that_were_set_later() {
    let mut deals = healthy();
    let opened = Opened {
        next_step: Some(NextStepSet { what: label("Call"), due_on: None }),
        contact_roles: [contact_role("z", Role::Champion)].into(),
        pipeline_id: pipeline_id(),
        place: StagePlace {
            pipeline_version: 1,
            stage: key("new"),
            stage_type: StageType::Open,
            probability: Percent::new(10).unwrap(),
            forecast_category: ForecastCategory::Pipeline,
        },
        title: label("z"),
        contact_id: None,
        amount: None,
        fx: None,
        expected_close_on: None,
        owner: None,
        team: None,
        segments: segments([]),
    };
    happens(&mut deals, "z", opened);
    happens(&mut deals, "z", SegmentSet { key: key("region"), value: label("West") });
    happens(&mut deals, "z", SegmentSet { key: key("product"), value: label("chairs") });
    happens(&mut deals, "z", SegmentCleared { key: key("product") });
    let z = opportunity(&deals.fold().connection, deal("z")).unwrap();
    assert_eq!(z.next_step, Some(NextStepSet { what: label("Call"), due_on: None }));
    assert_eq!(z.contact_roles, [contact_role("z", Role::Champion)].into());
    assert_eq!(z.segments, segments([("region", "West")]));
}

fn contact_role(name: &str, role: Role) -> ContactRole {
    ContactRole { contact_id: contact(name), role }
}

fn forecast(category: Option<ForecastCategory>, percent: Option<u32>) -> ForecastOverridden {
    let probability = percent.map(|percent| Percent::new(percent).unwrap());
    ForecastOverridden { category, probability, reason: label("Signed") }
}

/// Category, deals, amount and weighted amount of each group of the forecast.
fn forecasts(model: &Model<PipelineProjection>) -> Vec<(ForecastCategory, u64, Vec<Money>, Vec<Money>)> {
    let groups = view(&model.connection, &query()).unwrap().forecast;
    groups.into_iter().map(|of| (of.category, of.count, of.amount, of.weighted_amount)).collect()
}

#[test]
fn the_forecast_counts_a_deal_where_its_seller_puts_it() {
    let mut deals = healthy();
    let pipeline = ForecastCategory::Pipeline;
    // 10 % of 1,000, and 55 % of 2,000.
    assert_eq!(forecasts(&deals.fold()), [(pipeline, 3, vec![eur(3_000)], vec![eur(1_200)])]);
    happens(&mut deals, "a", forecast(Some(ForecastCategory::Commit), Some(90)));
    let committed = (ForecastCategory::Commit, 1, vec![eur(1_000)], vec![eur(900)]);
    let rest = (pipeline, 2, vec![eur(2_000)], vec![eur(1_100)]);
    assert_eq!(forecasts(&deals.fold()), [rest.clone(), committed]);
    happens(&mut deals, "a", forecast(None, Some(20)));
    assert_eq!(forecasts(&deals.fold()), [(pipeline, 3, vec![eur(3_000)], vec![eur(1_300)])]);
    deals.win("a", "2026-01-03T00:00:00Z", None);
    assert_eq!(forecasts(&deals.fold()), [rest]);
}

#[test]
fn an_override_says_who_and_why_until_it_is_taken_back_or_the_deal_is_closed() {
    let mut deals = healthy();
    happens(&mut deals, "a", forecast(Some(ForecastCategory::Commit), None));
    let shown = |deals: &Deals| opportunity(&deals.fold().connection, deal("a")).unwrap();
    let told = ForecastOverride {
        category: Some(ForecastCategory::Commit),
        probability: None,
        reason: label("Signed"),
        actor: actor(),
        overridden_at: at("2026-01-02T00:00:00Z"),
    };
    assert_eq!(shown(&deals).forecast_override, Some(told));
    assert_eq!(shown(&deals).forecast_category(), ForecastCategory::Commit);
    assert_eq!(shown(&deals).forecast_probability(), Percent::new(10).unwrap());
    happens(&mut deals, "a", forecast(None, None));
    assert_eq!(shown(&deals).forecast_override, None);
    happens(&mut deals, "a", forecast(None, Some(90)));
    deals.win("a", "2026-01-03T00:00:00Z", None).reopen("a", "2026-01-04T00:00:00Z", "new");
    assert_eq!(shown(&deals).forecast_override, None);
}
