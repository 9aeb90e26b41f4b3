//! Leads are judged and handed over by rules, once, wherever an attempt ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_application::reactors::{Press, Reactor, Routing, Runner, Scoring};
use rapport_application::{AppendError, Application, LeadCapture};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{ContactId, LeadId, RoutingPolicyId, ScoringModelId};
use rapport_domain::interaction::{self, Channel, Direction, Record};
use rapport_domain::lead::{Assign, Command, Event, Fields, Grade, Holder, Rating, Source};
use rapport_domain::routing_policy::{self, Candidate, Rule, Strategy};
use rapport_domain::scoring_model::{self, Decay, EngagementRule, SegmentPrefix, Thresholds};
use rapport_domain::value::Segments;

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::{call, interaction_id, key, label, reference, registration};

const MINUTE: i64 = 60;

/// Three visits to the pricing page in seven days are hot.
pub(crate) fn model() -> scoring_model::Command {
    let thresholds = Thresholds { high: 50, middle: 20, cap: 100 };
    let pricing = EngagementRule {
        key: key("pricing"),
        channel: Channel::Web,
        topic: Some(key("page_viewed")),
        prefix: Some(SegmentPrefix { key: key("page"), begins_with: label("/pricing") }),
        within_days: 7,
        count: 3,
        points: 30,
        decay: Decay::None,
        hot: true,
    };
    scoring_model::Command::Publish(Box::new(scoring_model::Definition {
        version: 0,
        name: label("Standard"),
        fit: thresholds,
        engagement: thresholds,
        fit_rules: Vec::new(),
        engagement_rules: vec![pricing],
        hot: [].into(),
        warm: [].into(),
    }))
}

/// Half an hour to respond, and a queue for the rest.
pub(crate) fn policy(strategy: Strategy, candidates: Vec<Candidate>) -> routing_policy::Command {
    let rule = Rule {
        key: key("team"),
        criteria: Vec::new(),
        rating_at_least: None,
        grades: [].into(),
        strategy,
        candidates,
    };
    routing_policy::Command::Publish(Box::new(routing_policy::Definition {
        version: 0,
        name: label("Standard"),
        calendar_id: None,
        respond_minutes: 30,
        fallback_queue: reference("inbound"),
        rules: vec![rule],
    }))
}

pub(crate) fn candidates<const N: usize>(owners: [&str; N]) -> Vec<Candidate> {
    let candidate = |owner| Candidate { owner: reference(owner), capacity: None, daily_quota: None };
    owners.into_iter().map(candidate).collect()
}

pub(crate) fn who(name: &str) -> ContactId {
    ContactId::derived("tests", name)
}

/// Somebody comes in.
pub(crate) async fn captured(app: &Application, name: &str) -> LeadId {
    let capture = LeadCapture {
        contact_id: who(name),
        register: Some(registration(name)),
        source: Source::WebForm,
        campaign: None,
        external: None,
        channel: None,
        text: None,
        fields: Fields::new(),
    };
    app.capture_lead(capture, call(&format!("capture-{name}"))).await.unwrap().lead_id
}

/// Somebody looks at a page.
pub(crate) async fn visit(app: &Application, name: &str, page: &str, number: u32) {
    let visit = format!("visit-{name}-{number}");
    let record = Record {
        interaction_id: interaction_id(&visit),
        channel: Channel::Web,
        direction: Direction::Inbound,
        summary: None,
        topic: Some(key("page_viewed")),
        duration_seconds: None,
        outcome: None,
        value: None,
        source: None,
        related: Vec::new(),
        segments: Segments::from([(key("page"), label(page))]),
        mentions: [].into(),
    };
    let commands = vec![(interaction::Command::Record(record), call(&visit))];
    app.interactions(who(name), commands).await.pop().unwrap().unwrap();
}

pub(crate) async fn publish_model(app: &Application) {
    app.scoring_model(ScoringModelId::derived("tests", "standard"), model(), call("model")).await.unwrap();
}

pub(crate) async fn publish_policy(app: &Application, policy: routing_policy::Command) {
    app.routing_policy(RoutingPolicyId::derived("tests", "standard"), policy, call("policy")).await.unwrap();
}

impl House {
    /// The scoring of an application, which has read nothing yet.
    pub(crate) fn scoring(&self, app: &Arc<Application>) -> Runner<Scoring> {
        Runner::new(Scoring::new(Arc::clone(app)), Arc::clone(&self.store), self.ticking())
    }

    /// The same of its routing.
    pub(crate) fn routing(&self, app: &Arc<Application>) -> Runner<Routing> {
        Runner::new(Routing::new(Arc::clone(app)), Arc::clone(&self.store), self.ticking())
    }

    /// What happened to a lead, in order.
    async fn told_of(&self, id: LeadId) -> Vec<Event> {
        let log = self.log().await;
        let of_it = log.iter().filter(|recorded| recorded.stream.id() == id.to_string());
        let decoded = of_it.map(|recorded| DomainEvent::decode(recorded).unwrap().unwrap());
        decoded
            .map(|event| match event {
                DomainEvent::Lead(event) => event,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// How a lead was judged, in order.
    async fn judged(&self, id: LeadId) -> Vec<(Grade, Rating)> {
        let told = self.told_of(id).await;
        let scores = told.iter().filter_map(|event| match event {
            Event::Scored(scored) => Some((scored.score.grade, scored.score.rating)),
            _ => None,
        });
        scores.collect()
    }

    /// Who got a lead, in order, and why.
    pub(crate) async fn handed(&self, id: LeadId) -> Vec<(String, String)> {
        let told = self.told_of(id).await;
        let handed = told.iter().filter_map(|event| match event {
            Event::Assigned(assigned) => {
                let to = match &assigned.to {
                    Holder::Owner(owner) => owner.to_string(),
                    Holder::Queue(queue) => format!("queue {queue}"),
                };
                Some((to, assigned.reason.as_ref().map(ToString::to_string).unwrap_or_default()))
            }
            _ => None,
        });
        handed.collect()
    }
}

pub(crate) fn to(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(to, why)| ((*to).to_owned(), (*why).to_owned())).collect()
}

#[tokio::test]
async fn a_lead_is_hot_at_the_third_visit_to_the_pricing_page_and_not_once_the_first_is_seven_days_old() {
    const COLD: (Grade, Rating) = (Grade::C3, Rating::Cold);
    const HOT: (Grade, Rating) = (Grade::C2, Rating::Hot);
    for house in House::on_each_store() {
        let app = &house.application;
        publish_model(app).await;
        let id = captured(app, "ann").await;
        let (mut first, mut second) = (house.scoring(app), house.scoring(&house.replica()));
        let mut expected = vec![COLD];
        for (number, page) in ["/pricing", "/careers", "/pricing/teams", "/pricing"].into_iter().enumerate() {
            first.turn().await.unwrap();
            second.turn().await.unwrap();
            assert_eq!(house.judged(id).await, expected, "before {page}");
            house.clock.advance_days(1);
            visit(app, "ann", page, u32::try_from(number).unwrap()).await;
        }
        expected.push(HOT);
        for runner in [&mut first, &mut second] {
            runner.turn().await.unwrap();
            assert_eq!(house.judged(id).await, expected);
        }
        // Nothing more is done: time alone cools it.
        house.clock.advance_seconds(4 * 86_400 - 1);
        first.turn().await.unwrap();
        second.turn().await.unwrap();
        assert_eq!(house.judged(id).await, expected);
        house.clock.advance_seconds(1);
        second.turn().await.unwrap();
        first.turn().await.unwrap();
        expected.push(COLD);
        assert_eq!(house.judged(id).await, expected);
        house.scoring(&house.replica()).turn().await.unwrap();
        assert_eq!(house.judged(id).await, expected, "a replay writes nothing");
    }
}

#[tokio::test]
async fn a_score_names_the_visits_that_made_it() {
    let house = House::in_memory();
    let app = &house.application;
    let id = captured(app, "ann").await;
    for number in 0..3 {
        visit(app, "ann", "/pricing", number).await;
    }
    publish_model(app).await;
    house.scoring(app).turn().await.unwrap();
    let told = house.told_of(id).await;
    let Some(Event::Scored(scored)) = told.last() else { panic!("{told:?}") };
    let mut visits: Vec<_> = house.log().await;
    visits.retain(|recorded| {
        recorded.event_type == "interaction.recorded.v1" && recorded.data.contains("page_viewed")
    });
    let mut visits: Vec<_> = visits.iter().map(|recorded| recorded.id).collect();
    visits.sort_unstable();
    let mut named = scored.score.contributions[0].event_ids.clone();
    named.sort_unstable();
    assert_eq!((named, scored.score.engagement), (visits, 30));
    assert_eq!(scored.score.contributions.len(), 1);
}

#[tokio::test]
async fn who_declines_or_is_late_is_followed_by_the_next_and_after_the_last_it_waits_in_the_queue() {
    for house in House::on_each_store() {
        let app = &house.application;
        publish_policy(app, policy(Strategy::InOrder, candidates(["ann", "ben", "cem"]))).await;
        let id = captured(app, "lee").await;
        let reactor = Routing::new(Arc::clone(app));
        let unassigned = reactor.unassigned();
        let mut first = Runner::new(reactor, Arc::clone(&house.store), house.ticking());
        let mut second = house.routing(&house.replica());
        let mut expected = to(&[("ann", "rule team")]);
        for _ in 0..2 {
            first.turn().await.unwrap();
            second.turn().await.unwrap();
            assert_eq!(house.handed(id).await, expected);
        }
        assert_eq!(unassigned.count(Press::Overdue), 0);
        let decline = Command::Decline { owner: reference("ann"), reason: None };
        app.lead(id, decline, call("decline")).await.unwrap();
        second.turn().await.unwrap();
        first.turn().await.unwrap();
        expected.extend(to(&[("ben", "rule team; ann declined it")]));
        assert_eq!(house.handed(id).await, expected);
        // Both have seen when it is over before either takes it back.
        house.clock.advance_seconds(30 * MINUTE - 1);
        first.turn().await.unwrap();
        assert_eq!(house.handed(id).await, expected);
        house.clock.advance_seconds(1);
        first.turn().await.unwrap();
        second.turn().await.unwrap();
        expected.extend(to(&[("cem", "rule team; ann declined it; ben did nothing in time")]));
        assert_eq!(house.handed(id).await, expected);
        house.clock.advance_seconds(30 * MINUTE);
        second.turn().await.unwrap();
        first.turn().await.unwrap();
        let why = "rule team; ann declined it; ben did nothing in time; cem did nothing in time";
        expected.extend(to(&[("queue inbound", why)]));
        assert_eq!(house.handed(id).await, expected);
        assert_eq!(unassigned.count(Press::Overdue), 1);
        house.clock.advance_days(9);
        for runner in [&mut first, &mut second, &mut house.routing(&house.replica())] {
            runner.turn().await.unwrap();
        }
        assert_eq!(house.handed(id).await, expected, "a replay changes nothing");
    }
}

#[tokio::test]
async fn leads_go_round_as_many_as_everybody_may_have_and_get_in_a_day() {
    let house = House::in_memory();
    let app = &house.application;
    let mut team = candidates(["ann", "ben", "cem"]);
    team[1].capacity = Some(1);
    team[2].daily_quota = Some(1);
    publish_policy(app, policy(Strategy::RoundRobin, team)).await;
    let mut routing = house.routing(app);
    let mut got = Vec::new();
    for name in ["p", "q", "r", "s", "t"] {
        let id = captured(app, name).await;
        routing.turn().await.unwrap();
        got.extend(house.handed(id).await.pop().map(|(to, _)| to));
    }
    assert_eq!(got, ["ann", "ben", "cem", "ann", "ann"]);
    // Who is free again is chosen again: an open lead less, and another day.
    let over = Command::Disqualify { reason: label("a student") };
    let bens = rapport_domain::lead::id_of(who("q"), 0);
    app.lead(bens, over, call("over")).await.unwrap();
    house.clock.advance_days(1);
    // What was handed over yesterday was not answered in time.
    for name in ["p", "r", "s", "t"] {
        let id = rapport_domain::lead::id_of(who(name), 0);
        app.lead(id, Command::Qualify { reason: None }, call(&format!("qualify-{name}"))).await.unwrap();
    }
    routing.turn().await.unwrap();
    let mut later = Vec::new();
    for name in ["u", "v"] {
        let id = captured(app, name).await;
        routing.turn().await.unwrap();
        later.extend(house.handed(id).await.pop().map(|(to, _)| to));
    }
    assert_eq!(later, ["ben", "cem"]);
}

#[tokio::test]
async fn many_leads_at_once_go_round_as_if_one_by_one_while_they_are_judged() {
    for house in House::on_each_store() {
        let app = &house.application;
        let mut team = candidates(["ann", "ben", "cem", "dan"]);
        team[3].capacity = Some(5);
        publish_model(app).await;
        publish_policy(app, policy(Strategy::RoundRobin, team)).await;
        let mut leads = Vec::new();
        for number in 0..100 {
            leads.push(captured(app, &format!("p{number}")).await);
        }
        let (mut scoring, mut routing) = (house.scoring(app), house.routing(app));
        let (judged, routed) = futures::join!(scoring.turn(), routing.turn());
        judged.and(routed).unwrap();
        let mut got: BTreeMap<String, u32> = BTreeMap::new();
        for id in leads {
            assert_eq!(house.judged(id).await, [(Grade::C3, Rating::Cold)]);
            let handed = house.handed(id).await;
            assert_eq!(handed.len(), 1, "{handed:?}");
            *got.entry(handed[0].0.clone()).or_default() += 1;
        }
        // Five rounds of four, and then 80 among three.
        let expected = [("ann", 32), ("ben", 32), ("cem", 31), ("dan", 5)];
        assert_eq!(got, expected.map(|(who, count)| (who.to_owned(), count)).into());
    }
}

#[tokio::test]
async fn a_policy_and_a_model_take_care_of_all_who_waited_before_they_were_published() {
    for house in House::on_each_store() {
        let app = &house.application;
        let mut leads = Vec::new();
        for name in ["p", "q", "r"] {
            leads.push(captured(app, name).await);
        }
        publish_model(app).await;
        publish_policy(app, policy(Strategy::RoundRobin, candidates(["ann", "ben"]))).await;
        house.scoring(app).turn().await.unwrap();
        house.routing(app).turn().await.unwrap();
        let mut got = Vec::new();
        for id in leads {
            assert_eq!(house.judged(id).await, [(Grade::C3, Rating::Cold)]);
            got.extend(house.handed(id).await.into_iter().map(|(to, _)| to));
        }
        got.sort_unstable();
        assert_eq!(got.len(), 3, "each once: {got:?}");
    }
}

#[tokio::test]
async fn whom_a_person_chose_keeps_it_and_whoever_responds_is_not_late() {
    let house = House::in_memory();
    let app = &house.application;
    publish_policy(app, policy(Strategy::InOrder, candidates(["ann", "ben"]))).await;
    let by_hand = captured(app, "lee").await;
    let assign =
        Assign { to: Holder::Owner(reference("eve")), reason: None, routing: None, respond_by: None };
    app.lead(by_hand, Command::Assign(Box::new(assign)), call("assign")).await.unwrap();
    let answered = captured(app, "kim").await;
    let mut routing = house.routing(app);
    routing.turn().await.unwrap();
    app.lead(answered, Command::Contact { interaction_id: interaction_id("hello") }, call("hello"))
        .await
        .unwrap();
    house.clock.advance_days(1);
    routing.turn().await.unwrap();
    assert_eq!(house.handed(by_hand).await, to(&[("eve", "")]));
    assert_eq!(house.handed(answered).await, to(&[("ann", "rule team")]));
}

#[tokio::test]
async fn a_lead_in_a_queue_that_becomes_hot_is_handed_over_anew() {
    let house = House::in_memory();
    let app = &house.application;
    let routing_policy::Command::Publish(mut hot_only) = policy(Strategy::InOrder, candidates(["ann"]));
    hot_only.rules[0].rating_at_least = Some(Rating::Hot);
    publish_policy(app, routing_policy::Command::Publish(hot_only)).await;
    publish_model(app).await;
    let id = captured(app, "lee").await;
    let (mut scoring, mut routing) = (house.scoring(app), house.routing(app));
    for number in 0..3 {
        scoring.turn().await.unwrap();
        routing.turn().await.unwrap();
        assert_eq!(house.handed(id).await, to(&[("queue inbound", "no rule holds")]));
        visit(app, "lee", "/pricing", number).await;
    }
    scoring.turn().await.unwrap();
    routing.turn().await.unwrap();
    assert_eq!(house.handed(id).await, to(&[("queue inbound", "no rule holds"), ("ann", "rule team")]));
}

#[tokio::test]
async fn leads_that_came_in_before_there_was_a_policy_are_handed_over_when_there_is_one() {
    let house = House::in_memory();
    let app = &house.application;
    let id = captured(app, "lee").await;
    let mut routing = house.routing(app);
    routing.turn().await.unwrap();
    assert_eq!(house.handed(id).await, []);
    publish_policy(app, policy(Strategy::LeastLoad, candidates(["ann"]))).await;
    routing.turn().await.unwrap();
    assert_eq!(house.handed(id).await, to(&[("ann", "rule team")]));
}

/// Lets a reactor go on until what failed is tried again.
async fn patiently<R: Reactor>(house: &House, runner: &mut Runner<R>) {
    for _ in 0..4 {
        runner.turn().await.unwrap();
        house.clock.advance_seconds(5);
    }
}

#[tokio::test]
async fn an_append_that_is_cut_short_loses_nothing_and_doubles_nothing() {
    for is_written in [false, true] {
        for is_killed in [false, true] {
            let store = FickleStore::new();
            let house = House::over(Arc::clone(&store) as Arc<_>);
            let app = &house.application;
            publish_model(app).await;
            publish_policy(app, policy(Strategy::InOrder, candidates(["ann", "ben"]))).await;
            let id = captured(app, "lee").await;
            let cut = || {
                let cause = AppendError::OutcomeUnknown { cause: "the cable was pulled".to_owned() };
                store.next_append(if is_written { Whim::WriteAndSay(cause) } else { Whim::Refuse(cause) });
            };
            let (mut scoring, mut routing) = (house.scoring(app), house.routing(app));
            cut();
            scoring.turn().await.unwrap();
            cut();
            routing.turn().await.unwrap();
            if is_killed {
                // Another server knows of it by the log alone.
                (scoring, routing) = (house.scoring(&house.replica()), house.routing(&house.replica()));
            }
            patiently(&house, &mut scoring).await;
            patiently(&house, &mut routing).await;
            let decline = Command::Decline { owner: reference("ann"), reason: None };
            app.lead(id, decline, call("decline")).await.unwrap();
            cut();
            patiently(&house, &mut routing).await;
            let told = (is_written, is_killed);
            assert_eq!(house.judged(id).await, [(Grade::C3, Rating::Cold)], "{told:?}");
            let expected = to(&[("ann", "rule team"), ("ben", "rule team; ann declined it")]);
            assert_eq!(house.handed(id).await, expected, "{told:?}");
        }
    }
}
