//! Drafts that judge and hand over the leads of the past.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{FutureExt as _, TryStreamExt as _};
use rapport_application::{
    Failure, GradedLeads, HeldLeads, LeadOutcome, LeadOutcomes, OwnedLeads, RejudgedLead, ReroutedLead,
    RoutingDifference, RoutingDraft, ScoringDifference, ScoringDraft, TRIALS_MAX, Trial,
};
use rapport_domain::envelope::Position;
use rapport_domain::id::CalendarId;
use rapport_domain::lead::{Assign, Command, Grade, Holder, Rating};
use rapport_domain::routing_policy::{self, Strategy};
use rapport_domain::scoring_model::{self, EngagementRule};
use rapport_domain::value::{Date, Instant};

use crate::house::House;
use crate::lead_rules::{candidates, captured, model, policy, publish_model, publish_policy, visit};
use crate::sample::{call, interaction_id, key, label, reference};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const COLD: (Grade, Rating) = (Grade::C3, Rating::Cold);
const HOT: (Grade, Rating) = (Grade::C2, Rating::Hot);

fn after(start: Instant, seconds: i64) -> Instant {
    Instant::from_micros(start.micros() + seconds * 1_000_000).unwrap()
}

/// The usual model, changed.
fn changed(change: impl FnOnce(&mut scoring_model::Definition)) -> scoring_model::Command {
    let scoring_model::Command::Publish(mut definition) = model();
    change(&mut definition);
    scoring_model::Command::Publish(definition)
}

/// So many visits to the pricing page within so many days are hot.
fn pricing(count: u32, within_days: u32) -> scoring_model::Command {
    changed(|model| {
        model.engagement_rules[0].count = count;
        model.engagement_rules[0].within_days = within_days;
    })
}

/// A policy of one rule that chooses the first who can take it.
fn in_order<const N: usize>(owners: [&str; N]) -> routing_policy::Command {
    policy(Strategy::InOrder, candidates(owners))
}

async fn judged(house: &House, draft: ScoringDraft) -> ScoringDifference {
    let steps: Vec<_> = house.application.what_if_scoring(&draft).await.unwrap().try_collect().await.unwrap();
    let [Trial::Ended(difference)] = &steps[..] else { panic!("{steps:?}") };
    difference.clone()
}

async fn handed(house: &House, draft: RoutingDraft) -> RoutingDifference {
    let steps: Vec<_> = house.application.what_if_routing(&draft).await.unwrap().try_collect().await.unwrap();
    let [Trial::Ended(difference)] = &steps[..] else { panic!("{steps:?}") };
    difference.clone()
}

/// Ann looks at the prices twice, ben three times, kim never: an hour apart each. When ann has been judged for five hours,
/// nothing comes of her.
async fn visitors(house: &House) -> Instant {
    let (app, start) = (&house.application, house.application.now());
    publish_model(app).await;
    let mut scoring = house.scoring(app);
    let mut leads = Vec::new();
    for name in ["ann", "ben", "kim"] {
        leads.push(captured(app, name).await);
    }
    for (number, names) in [(0, &["ann", "ben"][..]), (1, &["ann", "ben"][..]), (2, &["ben"][..])] {
        scoring.turn().await.unwrap();
        house.clock.advance_seconds(HOUR);
        for name in names {
            visit(app, name, "/pricing", number).await;
        }
    }
    scoring.turn().await.unwrap();
    house.clock.advance_seconds(2 * HOUR);
    app.lead(leads[0], Command::Disqualify { reason: label("a student") }, call("over")).await.unwrap();
    start
}

#[tokio::test]
async fn it_says_which_leads_would_have_been_hot_and_what_has_become_of_them_and_writes_nothing() {
    let house = House::in_memory();
    let start = visitors(&house).await;
    let head = house.head().await;
    let asked = |model, from, to, position| ScoringDraft {
        model,
        from: after(start, from),
        to: after(start, to),
        position,
    };
    let found = judged(&house, asked(pricing(2, 7), 0, 4 * HOUR, head)).await;
    let ann = LeadOutcomes { leads: 1, disqualified: 1, ..LeadOutcomes::default() };
    assert_eq!(found.all, LeadOutcomes { leads: 3, open: 2, ..ann });
    assert_eq!((found.grade_changed, found.newly_hot), (ann, ann));
    assert_eq!(found.no_longer_hot, LeadOutcomes::default());
    let graded = [
        (Some(Grade::C2), GradedLeads { was: 1, would_be: 2 }),
        (Some(Grade::C3), GradedLeads { was: 2, would_be: 1 }),
    ];
    assert_eq!(found.by_grade, graded.into());
    let rejudged = RejudgedLead {
        lead_id: rapport_domain::lead::id_of(crate::lead_rules::who("ann"), 0),
        captured_at: start,
        was: Some(COLD),
        would_be: HOT,
        was_hot_at: None,
        would_be_hot_at: Some(after(start, 2 * HOUR)),
        outcome: LeadOutcome::Disqualified,
    };
    assert_eq!(found.changed, [rejudged]);
    assert_eq!(judged(&house, asked(pricing(2, 7), 0, 4 * HOUR, head)).await, found);

    let harder = judged(&house, asked(pricing(4, 7), 0, 4 * HOUR, head)).await;
    assert_eq!((harder.newly_hot.leads, harder.no_longer_hot.leads, harder.no_longer_hot.open), (0, 1, 1));
    let earlier = judged(&house, asked(pricing(2, 7), 0, HOUR + 1, head)).await;
    assert_eq!((earlier.newly_hot.leads, earlier.all.leads), (0, 3), "as of its end");
    assert_eq!(judged(&house, asked(pricing(2, 7), 1, HOUR, head)).await.all.leads, 0, "they came in before");
    let known = judged(&house, asked(pricing(2, 7), 0, 4 * HOUR, Position(head.0 - 1))).await;
    assert_eq!(known.all, LeadOutcomes { leads: 3, open: 3, ..LeadOutcomes::default() }, "as of a position");
    assert_eq!(house.head().await, head);
}

#[tokio::test]
async fn the_model_that_judged_them_changes_nothing() {
    let house = House::in_memory();
    let start = visitors(&house).await;
    let draft =
        ScoringDraft { model: model(), from: start, to: after(start, DAY), position: house.head().await };
    let found = judged(&house, draft).await;
    assert_eq!((found.all.leads, found.changed), (3, Vec::new()));
    assert_eq!(found.by_grade.values().map(|leads| leads.was).collect::<Vec<_>>(), [1, 2]);
    assert!(found.by_grade.values().all(|leads| leads.was == leads.would_be));
}

#[tokio::test]
async fn what_was_done_before_a_lead_came_in_counts_and_time_alone_makes_it_hot_and_cools_it() {
    let house = House::in_memory();
    let (app, start) = (&house.application, house.application.now());
    crate::sample::registered(app, crate::lead_rules::who("ann")).await;
    for (number, page) in ["/pricing", "/careers"].into_iter().enumerate() {
        visit(app, "ann", page, u32::try_from(number).unwrap()).await;
    }
    house.clock.advance_seconds(HOUR);
    captured(app, "ann").await;
    // Interested for thirty days, but not while looking for a job: that is forgotten after a day.
    let draft = changed(|model| {
        let rule = |name: &str, page: &str, within_days, points| EngagementRule {
            key: key(name),
            prefix: model.engagement_rules[0]
                .prefix
                .clone()
                .map(|prefix| scoring_model::SegmentPrefix { begins_with: label(page), ..prefix }),
            within_days,
            count: 1,
            points,
            hot: false,
            ..model.engagement_rules[0].clone()
        };
        model.engagement_rules = vec![rule("prices", "/pricing", 30, 60), rule("job", "/careers", 1, -40)];
        model.hot = [Grade::C1].into();
    });
    let position = house.head().await;
    let asked =
        |days| ScoringDraft { model: draft.clone(), from: start, to: after(start, days * DAY), position };
    let hot = judged(&house, asked(2)).await.changed.pop().unwrap();
    assert_eq!((hot.was, hot.would_be), (None, (Grade::C1, Rating::Hot)));
    assert_eq!(hot.would_be_hot_at, Some(after(start, DAY)));
    let cooled = judged(&house, asked(31)).await.changed.pop().unwrap();
    assert_eq!((cooled.would_be, cooled.would_be_hot_at), (COLD, hot.would_be_hot_at));
}

/// Lee: ann gives it back, ben is late, cem answers. Kim, five minutes later: ann answers. Zoe: a person gives it to eve.
async fn handed_over(house: &House) -> Instant {
    let (app, start) = (&house.application, house.application.now());
    publish_policy(app, in_order(["ann", "ben", "cem"])).await;
    let mut routing = house.routing(app);
    let lee = captured(app, "lee").await;
    routing.turn().await.unwrap();
    let decline = Command::Decline { owner: reference("ann"), reason: None };
    app.lead(lee, decline, call("decline")).await.unwrap();
    routing.turn().await.unwrap();
    house.clock.advance_seconds(5 * MINUTE);
    let (kim, zoe) = (captured(app, "kim").await, captured(app, "zoe").await);
    routing.turn().await.unwrap();
    let eve = Holder::Owner(reference("eve"));
    let assign = Assign { to: eve, reason: None, routing: None, respond_by: None };
    app.lead(zoe, Command::Assign(Box::new(assign)), call("assign")).await.unwrap();
    house.clock.advance_seconds(5 * MINUTE);
    routing.turn().await.unwrap();
    let contact = |name: &str| Command::Contact { interaction_id: interaction_id(name) };
    app.lead(kim, contact("kim"), call("contact-kim")).await.unwrap();
    house.clock.advance_seconds(20 * MINUTE);
    routing.turn().await.unwrap();
    house.clock.advance_seconds(MINUTE);
    app.lead(lee, contact("lee"), call("contact-lee")).await.unwrap();
    routing.turn().await.unwrap();
    start
}

#[tokio::test]
async fn it_says_which_leads_would_be_with_somebody_else_and_writes_nothing() {
    let house = House::in_memory();
    let start = handed_over(&house).await;
    let position = house.head().await;
    let asked = |policy, from| RoutingDraft {
        policy,
        from: after(start, from),
        to: after(start, 2 * HOUR),
        position,
    };
    let found = handed(&house, asked(in_order(["cem", "ben", "ann"]), 0)).await;
    assert_eq!((found.leads, found.same, found.elsewhere), (3, 1, 2));
    let held = HeldLeads { owned: 3, in_queue: 0, unassigned: 0, timed_out: 1 };
    assert_eq!((found.was, found.would_be), (held, held));
    let owned = [
        (reference("ann"), OwnedLeads { was: 1, would_be: 0 }),
        (reference("ben"), OwnedLeads { was: 0, would_be: 1 }),
        (reference("cem"), OwnedLeads { was: 1, would_be: 1 }),
        (reference("eve"), OwnedLeads { was: 1, would_be: 1 }),
    ];
    assert_eq!(found.by_owner, owned.into());
    let rerouted = |name: &str, captured_at, was: &str, would_be: &str| ReroutedLead {
        lead_id: rapport_domain::lead::id_of(crate::lead_rules::who(name), 0),
        captured_at,
        was: Some(Holder::Owner(reference(was))),
        would_be: Some(Holder::Owner(reference(would_be))),
        rule: Some(key("team")),
    };
    let expected =
        [rerouted("lee", start, "cem", "ben"), rerouted("kim", after(start, 5 * MINUTE), "ann", "cem")];
    assert_eq!(found.rerouted, expected);
    assert_eq!(handed(&house, asked(in_order(["cem", "ben", "ann"]), 0)).await, found);

    let one = |owner: &str| {
        let mut alone = candidates([owner]);
        alone[0].capacity = Some(1);
        policy(Strategy::InOrder, alone)
    };
    // Ann gives lee back by the draft too: nobody else can take it, and she has room for kim.
    let alone = handed(&house, asked(one("ann"), 0)).await;
    assert_eq!(alone.would_be, HeldLeads { owned: 2, in_queue: 1, unassigned: 0, timed_out: 0 });
    // Lee came in before, and ben has it as he had it.
    let busy = handed(&house, asked(one("ben"), 1)).await;
    assert_eq!((busy.leads, busy.would_be.in_queue), (2, 1));
    assert_eq!(busy.rerouted[0].would_be, Some(Holder::Queue(reference("inbound"))));
    assert_eq!(house.head().await, position);
}

#[tokio::test]
async fn a_draft_hands_a_lead_over_when_its_rest_is_over() {
    let house = House::in_memory();
    let (app, from) = (&house.application, house.application.now());
    let id = captured(app, "lee").await;
    let until = Date::parse("2026-11-23").unwrap();
    app.lead(id, Command::Recycle { until: Some(until), reason: None }, call("rest")).await.unwrap();
    let position = house.head().await;
    let over = until.start().micros() - from.micros();
    let as_of = |minutes| RoutingDraft {
        policy: in_order(["ann"]),
        from,
        to: after(from, over / 1_000_000 + minutes * MINUTE),
        position,
    };
    let resting = handed(&house, as_of(-1)).await.would_be;
    assert_eq!((resting.owned, resting.unassigned), (0, 1));
    let handed_over = handed(&house, as_of(1)).await.would_be;
    assert_eq!((handed_over.owned, handed_over.unassigned), (1, 0));
}

#[tokio::test]
async fn the_policy_that_handed_them_over_changes_nothing() {
    let house = House::in_memory();
    let start = handed_over(&house).await;
    let draft = RoutingDraft {
        policy: in_order(["ann", "ben", "cem"]),
        from: start,
        to: after(start, 2 * HOUR),
        position: house.head().await,
    };
    let found = handed(&house, draft).await;
    assert_eq!((found.leads, found.same, found.rerouted), (3, 3, Vec::new()));
    assert_eq!((found.was, found.was.timed_out), (found.would_be, 1));
}

/// How often somebody else has their turn while a draft is tried.
async fn turns_of_others<T>(trial: impl Future<Output = T>) -> usize {
    let turns = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&turns);
    let others = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    trial.await;
    others.abort();
    turns.load(Ordering::Relaxed)
}

#[tokio::test]
async fn others_have_their_turn_while_a_draft_is_tried() {
    let house = House::in_memory();
    let (app, from) = (&house.application, house.application.now());
    for number in 0..200 {
        captured(app, &format!("p{number}")).await;
    }
    let (to, position) = (after(from, DAY), house.head().await);
    // Nothing of it waits for a disk: unless the trial lets them, nobody else has a turn.
    let scoring = ScoringDraft { model: model(), from, to, position };
    assert!(turns_of_others(judged(&house, scoring)).await >= 3);
    let routing = RoutingDraft { policy: in_order(["ann", "ben"]), from, to, position };
    assert!(turns_of_others(handed(&house, routing)).await >= 3);
}

#[tokio::test]
async fn as_many_drafts_are_tried_at_a_time_as_the_limit_and_the_next_one_waits() {
    let house = House::in_memory();
    let (app, from) = (&house.application, house.application.now());
    let draft = ScoringDraft { model: model(), from, to: after(from, DAY), position: house.head().await };
    let mut under_way = Vec::new();
    for _ in 0..TRIALS_MAX {
        under_way.push(app.what_if_scoring(&draft).await.unwrap());
    }
    let mut next = Box::pin(app.what_if_scoring(&draft));
    assert!((&mut next).now_or_never().is_none(), "it waits");
    under_way.pop();
    assert!(next.await.is_ok());
}

#[tokio::test]
async fn a_draft_that_could_not_be_published_is_refused() {
    let house = House::in_memory();
    let (from, position) = (house.application.now(), house.head().await);
    let to = after(from, DAY);
    let nothing = changed(|model| model.engagement_rules.clear());
    let draft = ScoringDraft { model: nothing, from, to, position };
    let refused = house.application.what_if_scoring(&draft).await.err().unwrap();
    assert!(matches!(refused, Failure::ScoringModel(scoring_model::Rejection::WithoutRules)), "{refused}");
    let routing = |change: fn(&mut routing_policy::Definition)| {
        let routing_policy::Command::Publish(mut definition) = in_order(["ann"]);
        change(&mut definition);
        RoutingDraft { policy: routing_policy::Command::Publish(definition), from, to, position }
    };
    let hurried = routing(|policy| policy.respond_minutes = 0);
    let nowhere = routing(|policy| policy.calendar_id = Some(CalendarId::derived("tests", "nowhere")));
    let refused = house.application.what_if_routing(&hurried).await.err().unwrap();
    assert!(
        matches!(refused, Failure::RoutingPolicy(routing_policy::Rejection::MinutesOutOfRange)),
        "{refused}"
    );
    let refused = house.application.what_if_routing(&nowhere).await.err().unwrap();
    assert!(matches!(refused, Failure::CalendarUnknown), "{refused}");
}
