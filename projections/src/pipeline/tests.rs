//! Given deals, when the pipeline is looked at, then these are the numbers.

mod at_risk;
mod converted;
mod exit_criteria;
mod law;
mod oracle;
mod velocity;
mod win_loss;

use super::query::{only_pipeline, opportunities, opportunity, pipeline};
use super::view::view;
use super::*;
use crate::testing::deals::{Deals, deal, pipeline_id};
use crate::testing::{
    Model, all_pages, at, contact, eur, every_row, first_page, key, label, month, reference, usd,
};

fn query() -> PipelineViewQuery {
    PipelineViewQuery {
        pipeline_id: None,
        closed_from: None,
        closed_to: None,
        owner: None,
        team: None,
        aged_at: at("2026-03-31T00:00:00Z"),
        valid_at: None,
        currency: None,
    }
}

/// Four deals: one prospect, one engaged, one won in March, one lost in February.
fn a_quarter() -> Deals {
    let mut deals = Deals::new();
    deals
        .publish(
            1,
            &[("prospecting", StageType::Open, 10, Some(30)), ("engaging", StageType::OnHold, 55, None)],
        )
        .open(
            "a",
            "2026-01-01T00:00:00Z",
            "prospecting",
            Some(eur(10_005)),
            "ann",
            "east",
            [("region", "north")],
        )
        .open("b", "2026-03-10T12:00:00Z", "engaging", Some(eur(1_001)), "bob", "east", [("region", "south")])
        .open(
            "c",
            "2026-01-10T00:00:00Z",
            "prospecting",
            Some(eur(200)),
            "ann",
            "east",
            [("region", "north")],
        )
        .win("c", "2026-03-01T12:00:00Z", Some(eur(300)))
        .open("d", "2026-02-01T00:00:00Z", "prospecting", None, "bob", "", [])
        .lose("d", "2026-02-28T23:59:59Z");
    deals
}

#[test]
fn stages_count_what_stands_there_and_weigh_it() {
    let model = a_quarter().fold();
    let view = view(&model.connection, &query()).unwrap();
    let row = |index: usize| {
        let stage = &view.stages[index];
        (
            stage.stage.key.to_string(),
            stage.count,
            stage.amount.clone(),
            stage.weighted_amount.clone(),
            stage.stalled,
        )
    };
    // 10,005 x 10 % = 1,000.5, and 1,001 x 55 % = 550.55: each is rounded half up.
    assert_eq!(row(0), ("prospecting".to_owned(), 1, vec![eur(10_005)], vec![eur(1_001)], 1));
    assert_eq!(row(1), ("engaging".to_owned(), 1, vec![eur(1_001)], vec![eur(551)], 0));
    assert_eq!(row(2), ("won".to_owned(), 1, vec![eur(300)], vec![eur(300)], 0));
    assert_eq!(row(3), ("lost".to_owned(), 1, vec![], vec![], 0));
    assert_eq!((view.opportunities, view.open), (4, 2));
    assert_eq!((view.open_amount, view.weighted_amount), (vec![eur(11_006)], vec![eur(1_552)]));
}

#[test]
fn ages_are_measured_from_coming_to_the_stage() {
    let model = a_quarter().fold();
    let view = view(&model.connection, &query()).unwrap();
    let day = 86_400;
    let ages: Vec<_> = view.stages.iter().map(|s| (s.mean_age_seconds, s.oldest_age_seconds)).collect();
    assert_eq!(ages[0], (Some(89 * day), Some(89 * day)));
    assert_eq!(ages[1], (Some(20 * day + day / 2), Some(20 * day + day / 2)));
}

#[test]
fn closed_deals_are_counted_in_their_month() {
    let model = a_quarter().fold();
    let all = view(&model.connection, &query()).unwrap().closed;
    assert_eq!((all.won, all.lost, all.win_rate_basis_points), (1, 1, Some(5_000)));
    assert_eq!((all.won_amount, all.lost_amount), (vec![eur(300)], vec![]));
    assert_eq!((all.mean_cycle_seconds, all.median_cycle_days), (Some(50 * 86_400 + 43_200), Some(50)));
    let february = PipelineViewQuery { closed_to: Some(month("2026-02")), ..query() };
    let view = view(&model.connection, &february).unwrap();
    assert_eq!((view.closed.won, view.closed.lost, view.closed.win_rate_basis_points), (0, 1, Some(0)));
    assert_eq!(view.by_month.iter().map(|(month, _)| month.to_string()).collect::<Vec<_>>(), ["2026-02"]);
    assert_eq!(view.stages[2].count, 1, "where deals stand, no period limits");
}

/// Groups, with what was won and lost in each.
fn keys(groups: &[ClosedGroup]) -> Vec<(String, u64, u64)> {
    groups.iter().map(|group| (group.key.clone(), group.closed.won, group.closed.lost)).collect()
}

#[test]
fn groups_name_deals_without_an_owner_team_or_field_by_an_empty_name() {
    let model = a_quarter().fold();
    let view = view(&model.connection, &query()).unwrap();
    assert_eq!(keys(&view.by_owner), [("ann".to_owned(), 1, 0), ("bob".to_owned(), 0, 1)]);
    assert_eq!(keys(&view.by_team), [(String::new(), 0, 1), ("east".to_owned(), 1, 0)]);
    assert_eq!(view.by_segment.len(), 1);
    assert_eq!(view.by_segment[0].segment, key("region"));
    assert_eq!(keys(&view.by_segment[0].groups), [(String::new(), 0, 1), ("north".to_owned(), 1, 0)]);
    let open: Vec<_> = view.open_by_owner.iter().map(|group| (group.key.as_str(), group.count)).collect();
    assert_eq!(open, [("ann", 1), ("bob", 1)]);
}

#[test]
fn a_filter_applies_to_everything_in_the_view() {
    let model = a_quarter().fold();
    let of_ann = PipelineViewQuery { owner: Some(reference("ann")), ..query() };
    let view = view(&model.connection, &of_ann).unwrap();
    assert_eq!((view.opportunities, view.open, view.closed.won, view.closed.lost), (2, 1, 1, 0));
    assert_eq!(view.stages.iter().map(|stage| stage.count).collect::<Vec<_>>(), [1, 0, 1, 0]);
    assert_eq!(view.stages[1].oldest_age_seconds, None);
    assert_eq!(view.open_by_team.len(), 1);
}

#[test]
fn a_reopened_deal_leaves_the_month_it_was_closed_in() {
    let mut deals = a_quarter();
    deals.reopen("c", "2026-03-05T00:00:00Z", "engaging");
    let model = deals.fold();
    let view = view(&model.connection, &query()).unwrap();
    assert_eq!((view.open, view.closed.won, view.by_month.len()), (3, 0, 1));
    let deal = opportunity(&model.connection, deal("c")).unwrap();
    assert_eq!((deal.status, deal.closed_at, deal.stage), (OpportunityStatus::Open, None, key("engaging")));
    for table in ["closed", "cycles", "closed_totals", "cycle_totals"] {
        let rows = format!("SELECT count(*) FROM {table} WHERE deals = 0");
        assert_eq!(model.connection.query_row(&rows, [], |row| row.get::<_, i64>(0)), Ok(0), "{table}");
    }
}

#[test]
fn stages_of_an_older_version_are_shown_while_they_hold_deals() {
    let mut deals = a_quarter();
    deals.publish(2, &[("engaging", StageType::Open, 40, None)]);
    let model = deals.fold();
    let view = view(&model.connection, &query()).unwrap();
    let stages: Vec<_> = view.stages.iter().map(|stage| stage.stage.key.to_string()).collect();
    assert_eq!(stages, ["engaging", "won", "lost", "prospecting"]);
    assert_eq!(view.stages[0].weighted_amount, [eur(551)], "weighed as judged when the deal came there");
    assert_eq!(view.pipeline.definition.version, 2);
}

#[test]
fn sums_that_outgrow_an_answer_are_cut_and_come_back_when_deals_leave() {
    let mut deals = Deals::new();
    deals.publish(1, &[("open", StageType::Open, 50, None)]);
    for name in ["a", "b", "c"] {
        deals.open(name, "2026-01-01T00:00:00Z", "open", Some(usd(i64::MAX)), "", "", []);
    }
    let cut = view(&deals.fold().connection, &query()).unwrap();
    assert_eq!(cut.open_amount, [usd(i64::MAX)]);
    deals.lose("a", "2026-01-02T00:00:00Z").lose("b", "2026-01-02T00:00:00Z").revise("c", usd(7));
    let whole = view(&deals.fold().connection, &query()).unwrap();
    assert_eq!((whole.open_amount, whole.weighted_amount), (vec![usd(7)], vec![usd(4)]));
}

#[test]
fn a_view_needs_to_know_which_pipeline() {
    let mut deals = Deals::new();
    let none = deals.fold();
    assert_eq!(
        view(&none.connection, &query()).unwrap_err(),
        QueryError::NotFound { what: crate::Thing::Pipeline }
    );
    deals.publish(1, &[("open", StageType::Open, 50, None)]);
    assert_eq!(only_pipeline(&deals.fold().connection).unwrap().pipeline_id, pipeline_id());
    deals.publish_another();
    let model = deals.fold();
    assert_eq!(view(&model.connection, &query()).unwrap_err(), QueryError::PipelineAmbiguous);
    assert!(pipeline(&model.connection, pipeline_id()).is_ok());
}

#[test]
fn deals_without_a_field_are_told_apart_in_each_pipeline() {
    let mut deals = Deals::new();
    deals.publish(1, &[("open", StageType::Open, 50, None)]);
    let close = |deals: &mut Deals, name: &str, field: &[(&str, &str)]| {
        deals.open(name, "2026-01-01T00:00:00Z", "open", None, "", "", []);
        for (key, value) in field {
            deals.set(name, key, value);
        }
        deals.win(name, "2026-01-05T00:00:00Z", None);
    };
    close(&mut deals, "a", &[]);
    close(&mut deals, "b", &[("region", "north")]);
    let renewals = deals.publish_another();
    close(&mut deals, "c", &[]);
    close(&mut deals, "d", &[]);
    close(&mut deals, "e", &[("product", "x"), ("region", "south")]);
    let told = |pipeline_id: PipelineId| {
        let query = PipelineViewQuery { pipeline_id: Some(pipeline_id), ..query() };
        let told = |segment: SegmentGroup| (segment.segment.to_string(), keys(&segment.groups));
        view(&deals.fold().connection, &query).unwrap().by_segment.into_iter().map(told).collect::<Vec<_>>()
    };
    let won = |value: &str, deals: u64| (value.to_owned(), deals, 0);
    assert_eq!(told(pipeline_id()), [("region".to_owned(), vec![won("", 1), won("north", 1)])]);
    let of_renewals = [("product", "x"), ("region", "south")]
        .map(|(field, value)| (field.to_owned(), vec![won("", 2), won(value, 1)]));
    assert_eq!(told(renewals), of_renewals);
}

#[test]
fn a_row_is_the_same_however_the_events_came_together() {
    let mut deals = Deals::new();
    deals.publish(1, &[("open", StageType::Open, 50, None)]);
    deals.open("a", "2026-01-01T00:00:00Z", "open", Some(usd(1_500_000)), "", "", []);
    deals.open("b", "2026-01-01T00:00:00Z", "open", Some(usd(500_000)), "", "", []);
    // Together they are worth as much as before, in other parts of a sum that stands in two columns.
    deals.revise("a", usd(1_000_000)).revise("b", usd(1_000_000));
    let rows = |transactions: &[usize]| {
        let model = Model::in_transactions(PipelineProjection::default(), &deals.history, transactions);
        every_row(&model.connection, &[])
    };
    assert_eq!(rows(&[3, 2]), rows(&[1]));
}

#[test]
fn a_lost_deal_says_why_and_an_unknown_one_is_not_found() {
    let model = a_quarter().fold();
    let lost = opportunity(&model.connection, deal("d")).unwrap();
    assert_eq!((lost.status, lost.lost_reason), (OpportunityStatus::Lost, Some(label("too dear"))));
    assert_eq!((lost.revision.0, lost.contact_id), (1, Some(contact("d"))));
    let unknown = opportunity(&model.connection, deal("x")).unwrap_err();
    assert_eq!(unknown, QueryError::NotFound { what: crate::Thing::Opportunity });
}

#[test]
fn deals_are_listed_once_in_the_order_of_opening_and_filtered() {
    let model = a_quarter().fold();
    let list = |filter: OpportunityFilter, size| -> Vec<String> {
        let page = |request: &_| opportunities(&model.connection, &filter, request);
        all_pages(size, page).into_iter().map(|deal| deal.title.to_string()).collect()
    };
    for size in [1, 2, 3, 200] {
        assert_eq!(list(OpportunityFilter::default(), size), ["a", "b", "c", "d"]);
    }
    let of =
        |owner: &str| OpportunityFilter { owner: Some(reference(owner)), ..OpportunityFilter::default() };
    assert_eq!(list(of("bob"), 1), ["b", "d"]);
    let won = OpportunityFilter { status: Some(OpportunityStatus::Won), ..of("ann") };
    assert_eq!(list(won, 50), ["c"]);
    let with = OpportunityFilter { contact_id: Some(contact("b")), ..OpportunityFilter::default() };
    assert_eq!(list(with, 50), ["b"]);
    let at_stage = OpportunityFilter {
        stage: Some(key("prospecting")),
        pipeline_id: Some(pipeline_id()),
        ..OpportunityFilter::default()
    };
    assert_eq!(list(at_stage, 50), ["a"]);
}

#[test]
fn the_token_of_another_list_is_refused() {
    let model = a_quarter().fold();
    let one = PageRequest::first(1);
    let page = opportunities(&model.connection, &OpportunityFilter::default(), &one).unwrap();
    let of_ann = OpportunityFilter { owner: Some(reference("ann")), ..OpportunityFilter::default() };
    let token = PageRequest { token: page.next_page_token, ..one };
    assert_eq!(opportunities(&model.connection, &of_ann, &token).unwrap_err(), QueryError::PageToken);
    let larger = PageRequest { size: 2, ..token };
    assert_eq!(
        opportunities(&model.connection, &OpportunityFilter::default(), &larger).unwrap().items.len(),
        2
    );
    for garbage in ["x", "e30", "bnVsbA", &"A".repeat(2_000)] {
        let token = PageRequest { token: garbage.to_owned(), ..first_page() };
        let refused = opportunities(&model.connection, &OpportunityFilter::default(), &token);
        assert_eq!(refused.unwrap_err(), QueryError::PageToken);
    }
}

#[test]
fn an_owner_has_whom_they_have_an_open_deal_with() {
    let mut deals = a_quarter();
    let with = |deals: &Deals, owner: &str| {
        let contacts = ["a", "b", "c", "d", "e"].map(contact).into();
        query::with_open_deals(&deals.fold().connection, &reference(owner), &contacts).unwrap()
    };
    assert_eq!(with(&deals, "ann"), [contact("a")].into(), "c was won");
    assert_eq!(with(&deals, "bob"), [contact("b")].into(), "d was lost");
    deals.win("a", "2026-04-01T00:00:00Z", None);
    assert_eq!(with(&deals, "ann"), [].into());
    let only = query::with_open_deals(&deals.fold().connection, &reference("bob"), &[contact("a")].into());
    assert_eq!(only.unwrap(), [].into(), "only those that are asked about");
}
