//! The log is read in parts: from, to, by kind, by contact.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _};
use rapport_application::{
    Call, Failure, HistoryFilter, HistoryQuery, OpportunityRequest, QuoteRequest, Reveal,
};
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::contact::{self, Contact};
use rapport_domain::envelope::{ActorKind, EventId, ExpectedRevision, NewEvent, Position, StreamId};
use rapport_domain::id::{ContactId, OpportunityId, QuoteId, SubscriptionId, TaskId, derived_uuid};
use rapport_domain::opportunity::{ContactRole, Role};
use rapport_domain::subscription;
use rapport_domain::task::{self, About, Details};
use rapport_domain::value::Instant;
use rapport_event_store::Filter;

use crate::house::House;
use crate::quotes::{book, offer, priced};
use crate::sample::{
    ann, assign, bob, call, contract, deal, label, move_to, open_deal, publish, receipt, record, reference,
    registered, request_consent, sales, start_contract,
};

fn other_deal() -> OpportunityId {
    OpportunityId::derived("tests", "other deal")
}

fn other_contract() -> SubscriptionId {
    SubscriptionId::derived("tests", "other contract")
}

fn create(about: About) -> task::Command {
    task::Command::Create(Box::new(Details {
        about,
        subject: label("Call back"),
        owner: reference("user_1"),
        due_at: None,
        remind_at: None,
        rule: None,
        stage_rule: None,
    }))
}

/// Ann and Bob, with a deal and a contract each.
async fn two_customers() -> House {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await; // 1
    registered(app, bob()).await; // 2
    app.pipeline(sales(), publish(&["talk", "offer"]), call("s3")).await.unwrap();
    app.opportunity(deal(), open_deal(Some(ann())), call("s4")).await.unwrap();
    app.opportunity(other_deal(), open_deal(Some(bob())), call("s5")).await.unwrap();
    app.subscription(contract(), start_contract(ann()), call("s6")).await.unwrap();
    app.subscription(other_contract(), start_contract(bob()), call("s7")).await.unwrap();
    app.interactions(ann(), vec![(record("a", "said"), call("s8"))]).await;
    app.interactions(bob(), vec![(record("b", "said"), call("s9"))]).await;
    app.consent(ann(), request_consent(), call("s10")).await.unwrap();
    app.opportunity(deal(), move_to("offer"), call("s11")).await.unwrap();
    app.opportunity(other_deal(), move_to("offer"), call("s12")).await.unwrap();
    app.subscription(contract(), subscription::Command::Pause, call("s13")).await.unwrap();
    app.contact(ann(), assign("user_1"), call("s14")).await.unwrap();
    house
}

fn part(from: u64, to: Option<u64>, filter: HistoryFilter) -> HistoryQuery {
    HistoryQuery { from: Position(from), to: to.map(Position), follow: false, filter, reveal: None }
}

async fn positions(house: &House, query: HistoryQuery) -> Vec<u64> {
    let history = house.application.history(&house.look(ActorKind::Analyst), query).unwrap();
    history.map_ok(|event| event.position.0).try_collect().await.unwrap()
}

fn by_categories(categories: &[&str]) -> HistoryFilter {
    let categories = categories.iter().map(|&category| category.to_owned()).collect();
    HistoryFilter { events: Filter { categories, ..Filter::all() }, contact: None }
}

fn with(contact: ContactId) -> HistoryFilter {
    HistoryFilter { events: Filter::all(), contact: Some(contact) }
}

#[tokio::test]
async fn the_whole_log_is_read_in_order() {
    let house = two_customers().await;
    assert_eq!(
        positions(&house, part(0, None, HistoryFilter::default())).await,
        (1..=14).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn from_and_to_are_both_included() {
    let house = two_customers().await;
    for (from, to, read) in [
        (3, Some(5), vec![3, 4, 5]),
        (13, None, vec![13, 14]),
        (14, Some(14), vec![14]),
        (0, Some(1), vec![1]),
        (12, Some(99), vec![12, 13, 14]),
        (15, None, vec![]),
        (5, Some(4), vec![]),
        (0, Some(0), vec![]),
    ] {
        assert_eq!(positions(&house, part(from, to, HistoryFilter::default())).await, read, "{from} {to:?}");
    }
}

#[tokio::test]
async fn events_are_filtered_by_category_type_and_stream() {
    let house = two_customers().await;
    let read = |filter| positions(&house, part(0, None, filter));
    assert_eq!(read(by_categories(&["pipeline", "consent"])).await, [3, 10]);
    let opened =
        Filter { type_prefixes: BTreeSet::from(["opportunity.opened.".to_owned()]), ..Filter::all() };
    assert_eq!(read(HistoryFilter { events: opened, contact: None }).await, [4, 5]);
    let bobs = Filter { streams: BTreeSet::from([Contact::stream(&bob()).unwrap()]), ..Filter::all() };
    assert_eq!(read(HistoryFilter { events: bobs, contact: None }).await, [2]);
    assert!(read(by_categories(&["nothing"])).await.is_empty());
}

#[tokio::test]
async fn a_filter_holds_within_from_and_to() {
    let house = two_customers().await;
    assert_eq!(positions(&house, part(5, Some(11), by_categories(&["opportunity"]))).await, [5, 11]);
}

#[tokio::test]
async fn what_happened_with_a_contact_includes_their_deals_and_contracts_and_nobody_elses() {
    let house = two_customers().await;
    assert_eq!(positions(&house, part(0, None, with(ann()))).await, [1, 4, 6, 8, 10, 11, 13, 14]);
    assert_eq!(positions(&house, part(0, None, with(bob()))).await, [2, 5, 7, 9, 12]);
    let nobody = ContactId::derived("tests", "nobody");
    assert!(positions(&house, part(0, None, with(nobody))).await.is_empty());
}

#[tokio::test]
async fn what_happened_with_a_contact_includes_deals_of_others_while_they_have_a_role_in_them() {
    let house = two_customers().await;
    let app = &house.application;
    let entry = |role| ContactRole { contact_id: ann(), role };
    let add = |role| OpportunityRequest::AddContactRole { contact_role: entry(role) };
    let remove = |role| OpportunityRequest::RemoveContactRole { contact_role: entry(role) };
    app.opportunity(other_deal(), add(Role::Champion), call("t1")).await.unwrap(); // 15
    app.opportunity(other_deal(), add(Role::User), call("t2")).await.unwrap();
    app.opportunity(other_deal(), remove(Role::Champion), call("t3")).await.unwrap();
    app.opportunity(other_deal(), move_to("talk"), call("t4")).await.unwrap();
    app.opportunity(other_deal(), remove(Role::User), call("t5")).await.unwrap(); // 19
    app.opportunity(other_deal(), move_to("offer"), call("t6")).await.unwrap();
    assert_eq!(positions(&house, part(15, None, with(ann()))).await, [15, 16, 17, 18, 19]);
    assert_eq!(positions(&house, part(15, None, with(bob()))).await, [15, 16, 17, 18, 19, 20]);
}

#[tokio::test]
async fn a_deal_of_others_that_is_opened_with_a_role_of_theirs_is_theirs_until_that_is_taken_back() {
    let house = two_customers().await;
    let app = &house.application;
    let contact_role = ContactRole { contact_id: ann(), role: Role::Champion };
    let OpportunityRequest::Open(mut open) = open_deal(Some(bob())) else { panic!("an opening") };
    open.contact_roles = [contact_role].into();
    let third = OpportunityId::derived("tests", "third deal");
    app.opportunity(third, OpportunityRequest::Open(open), call("t1")).await.unwrap(); // 15
    app.opportunity(third, move_to("offer"), call("t2")).await.unwrap();
    let remove = OpportunityRequest::RemoveContactRole { contact_role };
    app.opportunity(third, remove, call("t3")).await.unwrap(); // 17
    app.opportunity(third, move_to("talk"), call("t4")).await.unwrap();
    assert_eq!(positions(&house, part(15, None, with(ann()))).await, [15, 16, 17]);
    assert_eq!(positions(&house, part(15, None, with(bob()))).await, [15, 16, 17, 18]);
}

#[tokio::test]
async fn what_happened_with_a_contact_includes_the_quotes_for_deals_that_concern_them() {
    let house = two_customers().await;
    let app = &house.application;
    let quote = |key: &str| QuoteId::derived("tests", key);
    let create = |opportunity_id| QuoteRequest::Create { opportunity_id, offer: offer(None) };
    app.price_book(book(), priced(4_999, "EUR"), call("t15")).await.unwrap();
    app.quote(quote("hers"), create(deal()), call("t16")).await.unwrap();
    app.quote(quote("his"), create(other_deal()), call("t17")).await.unwrap();
    let withdraw = QuoteRequest::Withdraw { reason: label("too dear") };
    app.quote(quote("hers"), withdraw, call("t18")).await.unwrap();
    let contact_role = ContactRole { contact_id: ann(), role: Role::Champion };
    let add = OpportunityRequest::AddContactRole { contact_role };
    app.opportunity(other_deal(), add, call("t19")).await.unwrap();
    app.quote(quote("later"), create(other_deal()), call("t20")).await.unwrap();
    assert_eq!(positions(&house, part(15, None, with(ann()))).await, [16, 18, 19, 20]);
    assert_eq!(positions(&house, part(15, None, with(bob()))).await, [17, 19, 20]);
}

#[tokio::test]
async fn what_happened_with_a_contact_includes_the_tasks_about_them_and_about_what_is_theirs() {
    let house = two_customers().await;
    let app = &house.application;
    let contact_role = ContactRole { contact_id: ann(), role: Role::Champion };
    let abouts = [
        About::Contact(ann()),
        About::Opportunity(deal()),
        About::Opportunity(other_deal()),
        About::Contact(bob()),
    ];
    for (number, about) in (15..).zip(abouts) {
        let key = format!("task {number}");
        app.task(TaskId::derived("tests", &key), create(about), call(&format!("t{number}"))).await.unwrap();
    }
    let add = OpportunityRequest::AddContactRole { contact_role };
    app.opportunity(other_deal(), add, call("t19")).await.unwrap();
    app.task(TaskId::derived("tests", "later"), create(About::Opportunity(other_deal())), call("t20"))
        .await
        .unwrap();
    let done = task::Command::Complete { outcome: None };
    app.task(TaskId::derived("tests", "later"), done, call("t21")).await.unwrap();
    assert_eq!(positions(&house, part(15, None, with(ann()))).await, [15, 16, 19, 20, 21]);
    assert_eq!(positions(&house, part(15, None, with(bob()))).await, [17, 18, 19, 20, 21]);
}

#[tokio::test]
async fn a_contacts_deals_are_found_where_they_were_opened_before_the_part_that_is_read() {
    let house = two_customers().await;
    assert_eq!(positions(&house, part(7, None, with(ann()))).await, [8, 10, 11, 13, 14]);
    assert_eq!(positions(&house, part(11, Some(12), with(bob()))).await, [12]);
}

#[tokio::test]
async fn a_contacts_deals_are_found_where_their_openings_are_filtered_out() {
    let house = two_customers().await;
    let moved =
        Filter { type_prefixes: BTreeSet::from(["opportunity.stage_moved.".to_owned()]), ..Filter::all() };
    assert_eq!(
        positions(&house, part(0, None, HistoryFilter { events: moved, contact: Some(ann()) })).await,
        [11]
    );
}

#[tokio::test]
async fn an_event_of_another_service_is_handed_out_as_it_is() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    append(
        &house,
        StreamId::new("contact", &ann().to_string()).unwrap(),
        "contact.sneezed.v9",
        "{\"loud\":true}",
    )
    .await;
    append(&house, StreamId::new("weather", "here").unwrap(), "weather.changed.v1", "not json").await;
    let open = HistoryQuery { reveal: Some(Reveal::Clear), ..part(2, None, HistoryFilter::default()) };
    let history = house.application.history(&house.look(ActorKind::User), open).unwrap();
    let data: Vec<String> = history.map_ok(|event| event.data).try_collect().await.unwrap();
    assert_eq!(data, ["{\"loud\":true}", "not json"]);
}

#[tokio::test]
async fn an_event_of_a_type_that_nobody_knows_counts_as_a_revision_and_changes_nothing() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        append(&house, Contact::stream(&ann()).unwrap(), "contact.sneezed.v9", "{}").await;
        let house = house.restarted().await;
        let next = house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
        assert_eq!(next, receipt(2, 3));
        let same = house.application.contact(ann(), assign("user_1"), call("r2")).await.unwrap();
        assert_eq!(same, receipt(2, 3));
    }
}

#[tokio::test]
async fn the_head_and_the_position_of_a_time_are_told() {
    let house = two_customers().await;
    let app = &house.application;
    assert_eq!(app.head().await.unwrap(), Position(14));
    let last = house.log().await.pop().unwrap();
    assert_eq!(app.position_at(last.recorded_at).await.unwrap(), Position(14));
    assert_eq!(app.position_at(Instant::MIN).await.unwrap(), Position::START);
}

#[tokio::test]
async fn an_event_happened_when_the_caller_says_or_now() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    house.clock.advance_days(2);
    let last_week = Instant::parse("2026-11-14T12:00:00Z").unwrap();
    let earlier = Call { occurred_at: Some(last_week), ..call("r1") };
    house.application.contact(ann(), assign("user_1"), earlier).await.unwrap();
    house.application.contact(ann(), contact::Command::Archive, call("r2")).await.unwrap();
    let log = house.log().await;
    let times: Vec<String> =
        log.iter().map(|event| event.metadata().unwrap().occurred_at.to_string()).collect();
    assert_eq!(
        times,
        ["2026-11-21T09:30:00.000000Z", "2026-11-14T12:00:00.000000Z", "2026-11-23T09:30:00.000000Z"]
    );
}

#[tokio::test]
async fn a_known_event_that_cannot_be_read_stops_its_stream_and_says_where_it_is() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    registered(&house.application, bob()).await;
    append(&house, Contact::stream(&ann()).unwrap(), "contact.name_corrected.v1", "{}").await;
    let fresh = house.replica();
    let stopped = fresh.contact(ann(), assign("user_1"), call("r1")).await;
    assert!(matches!(stopped, Err(Failure::EventCorrupt { position: Position(3), .. })), "{stopped:?}");
    assert_eq!(fresh.contact(bob(), assign("user_1"), call("r2")).await.unwrap(), receipt(1, 4));
}

#[tokio::test]
async fn a_reading_ends_with_its_first_failure() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    append(&house, Contact::stream(&ann()).unwrap(), "contact.name_corrected.v1", "{}").await;
    registered(&house.application, bob()).await;
    for follow in [false, true] {
        let open =
            HistoryQuery { reveal: Some(Reveal::Clear), follow, ..part(0, None, HistoryFilter::default()) };
        let mut history = house.application.history(&house.look(ActorKind::User), open).unwrap();
        assert_eq!(history.next().await.unwrap().unwrap().position, Position(1));
        let failure = history.next().await.unwrap();
        assert!(matches!(failure, Err(Failure::EventCorrupt { position: Position(2), .. })), "{failure:?}");
        assert!(history.next().await.is_none());
    }
}

/// An event of another writer.
async fn append(house: &House, stream: StreamId, event_type: &str, data: &str) {
    let event = NewEvent {
        id: EventId(derived_uuid(&["tests", event_type])),
        event_type: event_type.to_owned(),
        metadata: "{}".to_owned(),
        data: data.to_owned(),
    };
    house.store.append(&stream, ExpectedRevision::Any, vec![event]).await.unwrap();
}
