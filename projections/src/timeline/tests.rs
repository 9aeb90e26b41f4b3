//! Given what happened with a contact, when the timeline is read, then it tells it, newest first.

use std::collections::BTreeMap;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use rapport_domain::aggregate::{Aggregate as _, StoredEvent as _};
use rapport_domain::contact::Contact;
use rapport_domain::id::{CorrectionId, OpportunityId, PriceBookId, QuoteId};
use rapport_domain::interaction::{self, Corrected, Interactions, Recorded, Redacted};
use rapport_domain::opportunity::{AmountRevised, Opportunity};
use rapport_domain::quote::{Accepted, Created, Event, Offer, Quote, Sent, Totals};
use rapport_domain::value::{ExchangeRate, ExternalRef, FrozenRate, TimeZone};

use super::query::entries;
use super::*;
use crate::query::Thing;
use crate::testing::commands::random_commands;
use crate::testing::company::{company, exchange, registered};
use crate::testing::{
    History, Model, actor, all_pages, at, contact, day, eur, first_page, label, reference, sealed, usd,
};

fn fold(history: &History) -> Model<TimelineProjection> {
    Model::of(TimelineProjection, history)
}

fn all(history: &History, query: &TimelineQuery) -> Vec<Entry> {
    entries(&fold(history).connection, None, query, &first_page()).unwrap().items
}

fn id(name: &str) -> InteractionId {
    InteractionId::derived("tests", name)
}

/// Ann, and one call with her.
fn a_call() -> History {
    let mut history = History::new();
    let call = Recorded { outcome: Some(label("no answer")), ..exchange("call", Channel::Call, None) };
    history.add::<Contact>(&contact("ann"), "2026-01-01T00:00:00Z", registered(0)).add::<Interactions>(
        &contact("ann"),
        "2026-01-05T00:00:00Z",
        call,
    );
    history
}

#[test]
fn an_exchange_is_told_with_everything_that_was_recorded() {
    let told = all(&a_call(), &TimelineQuery::of(contact("ann")));
    let expected = Entry {
        position: Position(2),
        event_type: "interaction.recorded.v1".to_owned(),
        kind: Kind::Interaction,
        occurred_at: at("2026-01-05T00:00:00Z"),
        recorded_at: at("2030-01-01T00:00:01Z"),
        actor: actor(),
        exchange: Some(Exchange {
            interaction_id: id("call"),
            channel: Channel::Call,
            direction: Direction::Inbound,
            summary: Some(sealed("what was said")),
            topic: None,
            duration_seconds: None,
            outcome: Some(label("no answer")),
            value: None,
            source: None,
            redacted: false,
            corrected_at: None,
        }),
        related: Vec::new(),
        segments: Segments::new(),
        description: String::new(),
    };
    assert_eq!(told[0], expected);
    assert_eq!((told[1].kind, told[1].description.as_str()), (Kind::Contact, "registered as a person"));
}

#[test]
fn a_correction_changes_what_it_names_and_leaves_the_rest() {
    let mut history = a_call();
    let correction_id = CorrectionId::derived("tests", "1");
    let corrected = Corrected {
        interaction_id: id("call"),
        correction_id,
        summary: Some(sealed("right")),
        duration_seconds: Some(60),
        outcome: None,
    };
    history.add::<Interactions>(&contact("ann"), "2026-01-06T00:00:00Z", corrected);
    let told = all(&history, &TimelineQuery::of(contact("ann")));
    let exchange = told[0].exchange.clone().unwrap();
    assert_eq!(told.len(), 2, "a correction is no entry of its own");
    assert_eq!((exchange.summary, exchange.duration_seconds), (Some(sealed("right")), Some(60)));
    assert_eq!(
        (exchange.outcome, exchange.corrected_at),
        (Some(label("no answer")), Some(at("2030-01-01T00:00:02Z")))
    );
}

#[test]
fn a_redaction_takes_the_text_away_for_ever() {
    let mut history = a_call();
    let redacted = Redacted { interaction_id: id("call"), reason: label("asked for") };
    let late = Corrected {
        interaction_id: id("call"),
        correction_id: CorrectionId::derived("tests", "1"),
        summary: Some(sealed("back again")),
        duration_seconds: None,
        outcome: None,
    };
    history.add::<Interactions>(&contact("ann"), "2026-01-06T00:00:00Z", redacted).add::<Interactions>(
        &contact("ann"),
        "2026-01-07T00:00:00Z",
        late,
    );
    let exchange = all(&history, &TimelineQuery::of(contact("ann")))[0].exchange.clone().unwrap();
    assert_eq!((exchange.redacted, exchange.summary), (true, None));
    let model = fold(&history);
    let left: i64 = model
        .connection
        .query_row("SELECT count(*) FROM entries WHERE summary IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn deals_contracts_and_consents_are_told_in_words() {
    let told = all(&company(1), &TimelineQuery::of(contact("c0")));
    let words: Vec<(&str, usize)> =
        told.iter().map(|entry| (entry.description.as_str(), entry.related.len())).collect();
    assert_eq!(
        words,
        [
            ("assigned to bob", 0),
            ("cancelled by the customer at 5.00 EUR a month", 1),
            ("lost: moved from engaging to lost", 1),
            ("", 0),
            ("started Plan at 5.00 EUR a month", 1),
            ("withdrew consent to newsletter by e-mail (one-click unsubscribe)", 0),
            ("opened in engaging: A deal", 1),
            ("gave consent to newsletter by e-mail (checkbox)", 0),
            ("", 0),
            ("asked for consent to newsletter by e-mail", 0),
            ("", 0),
            ("registered as a person", 0),
        ]
    );
}

#[test]
fn a_rate_is_told_with_its_amount() {
    let mut history = company(1);
    let deal = OpportunityId::derived("tests", "0");
    let rate = ExchangeRate::parse("1.0845").unwrap();
    let fx = FrozenRate { base_currency: usd(0).currency, rate, rate_date: day("2028-12-31") };
    for (previous, fx, occurred_at) in
        [(eur(10_000), Some(fx), "2029-01-01T09:00:00Z"), (eur(9_000), None, "2029-01-02T09:00:00Z")]
    {
        let revised = AmountRevised { previous: Some(previous), amount: eur(9_000), fx };
        history.add::<Opportunity>(&deal, occurred_at, revised);
    }
    let told = all(&history, &TimelineQuery::of(contact("c0")));
    let words: Vec<&str> = told.iter().take(2).map(|entry| entry.description.as_str()).collect();
    let by_rate = "amount revised from 100.00 EUR to 90.00 EUR, 1 EUR = 1.0845 USD on 2028-12-31";
    assert_eq!(words, ["rate of 90.00 EUR taken away", by_rate]);
}

#[test]
fn a_quote_is_told_with_the_contact_of_its_deal() {
    let mut history = company(1);
    let quote_id = QuoteId::derived("tests", "quote");
    let offer = Offer {
        version: 1,
        price_book_id: PriceBookId::derived("tests", "list"),
        price_book_version: 1,
        currency: eur(0).currency,
        lines: Vec::new(),
        totals: Totals { discount: 0, net: 9_998, tax: 0, gross: 9_998 },
        fx: None,
        base_totals: None,
    };
    let (valid_until, time_zone) = (day("2029-03-31"), TimeZone::UTC);
    let sent = Sent { version: 1, valid_until, time_zone, expires_at: time_zone.end_of(valid_until) };
    let events: [Event; 3] = [
        Created { opportunity_id: OpportunityId::derived("tests", "0"), offer }.into(),
        sent.into(),
        Accepted { version: 1, deal_amount: eur(9_998), deal_stands: false }.into(),
    ];
    for (event, occurred_at) in events.into_iter().zip(["2029-01-01", "2029-01-02", "2029-01-03"]) {
        history.add::<Quote>(&quote_id, &format!("{occurred_at}T09:00:00Z"), event);
    }
    let told = all(&history, &TimelineQuery::of(contact("c0")));
    let words: Vec<(&str, Kind)> =
        told.iter().take(2).map(|entry| (entry.description.as_str(), entry.kind)).collect();
    assert_eq!(
        words,
        [
            ("quote accepted, version 1: 99.98 EUR", Kind::Opportunity),
            ("quote sent, version 1, valid until 2029-03-31", Kind::Opportunity),
        ]
    );
    assert_eq!(told.len(), 14, "that it was created is nothing that the customer sees");
}

#[test]
fn kinds_channels_and_periods_narrow_the_list() {
    let history = company(2);
    let query = TimelineQuery::of(contact("c1"));
    let orders = TimelineQuery { channels: [Channel::Order].into(), ..query.clone() };
    assert_eq!(all(&history, &orders).len(), 3);
    let consents = TimelineQuery { kinds: [Kind::Consent, Kind::Opportunity].into(), ..query.clone() };
    assert_eq!(all(&history, &consents).len(), 5);
    let neither = TimelineQuery { kinds: [Kind::Consent].into(), channels: [Channel::Order].into(), ..query };
    assert_eq!(all(&history, &neither), []);
    let (from, before) = (Some(at("2026-01-03T09:00:00Z")), Some(at("2026-01-04T09:00:00Z")));
    let period = TimelineQuery { occurred_from: from, occurred_before: before, ..query };
    let told: Vec<_> = all(&history, &period).into_iter().map(|entry| entry.event_type).collect();
    assert_eq!(told, ["consent.requested.v1", "interaction.recorded.v1"], "from is in it, before is not");
}

#[test]
fn what_was_known_at_any_moment_is_told_as_by_a_fold_of_what_came_before() {
    let history = random_commands(11, 300);
    let whole = fold(&history);
    let contacts: BTreeSet<ContactId> = history
        .events
        .iter()
        .filter(|event| event.event_type == "contact.registered.v1")
        .map(|event| ContactId::parse(event.stream.id()).unwrap())
        .collect();
    let (mut taken_back, page) = (0, first_page());
    for moment in 0..=history.head().0 {
        let fresh = fold(&history.until(Position(moment)));
        for query in contacts.iter().copied().map(TimelineQuery::of) {
            let then = entries(&whole.connection, Some(Position(moment)), &query, &page);
            assert_eq!(
                then,
                entries(&fresh.connection, None, &query, &page),
                "{} at {moment}",
                query.contact_id
            );
            let now = entries(&whole.connection, None, &query, &page).unwrap().items;
            taken_back +=
                then.map_or(0, |then| then.items.iter().filter(|entry| !now.contains(entry)).count());
        }
    }
    assert!(contacts.len() >= 3 && taken_back > 100, "{taken_back} entries of {}", contacts.len());
}

#[test]
fn where_the_events_stand_that_are_about_an_interaction_is_told_as_by_looking_through_the_log() {
    let mut history = random_commands(12, 400);
    let sourced = |name: &str, who: &str| {
        let source =
            Source { system: reference("telephony"), external_ref: ExternalRef::parse(who).unwrap() };
        Recorded { source: Some(source), ..exchange(name, Channel::Call, None) }
    };
    for (name, who, contact_of) in [("s1", "4711", "c1"), ("s2", "4712", "c1"), ("s1", "4711", "c2")] {
        history.add::<Interactions>(&contact(contact_of), "2026-06-01T00:00:00Z", sourced(name, who));
    }
    let model = fold(&history);
    let mut expected: BTreeMap<(ContactId, Part), BTreeSet<Position>> = BTreeMap::new();
    let mut recorded = BTreeSet::new();
    for event in history.events.iter().filter(|event| event.stream.category() == Interactions::CATEGORY) {
        let who = ContactId::parse(event.stream.id()).unwrap();
        let said = interaction::Event::decode(&event.event_type, &event.data).unwrap().unwrap();
        for part in Interactions::concerned(&said) {
            if matches!(said, interaction::Event::Recorded(_)) {
                recorded.insert((who, part.clone()));
            }
            expected.entry((who, part)).or_default().insert(event.position);
        }
    }
    // What is set right without having been recorded is no interaction, and nothing is known of it.
    expected.retain(|key, _| recorded.contains(key));
    let many = expected.values().filter(|positions| positions.len() > 1).count();
    let sources = expected.keys().filter(|(_, part)| matches!(part, Part::Source(_))).count();
    assert!(many > 5 && sources == 3, "{many} with changes, {sources} with a source");
    for ((who, part), positions) in expected {
        assert_eq!(recall::concerning(&model.connection, who, &[part]).unwrap(), positions);
    }
    let nothing = recall::concerning(&model.connection, contact("c3"), &[Part::Interaction(id("s1"))]);
    assert_eq!(nothing.unwrap(), BTreeSet::new());
}

#[test]
fn nobody_is_not_the_same_as_nothing() {
    let model = fold(&a_call());
    let nobody = entries(&model.connection, None, &TimelineQuery::of(contact("x")), &first_page());
    assert_eq!(nobody.unwrap_err(), QueryError::NotFound { what: Thing::Contact });
    let later = Some(at("2027-01-01T00:00:00Z"));
    let nothing = TimelineQuery { occurred_from: later, ..TimelineQuery::of(contact("ann")) };
    assert_eq!(entries(&model.connection, None, &nothing, &first_page()).unwrap().items, []);
}

#[test]
fn the_token_of_another_contact_is_refused() {
    let model = fold(&company(2));
    let one = PageRequest::first(1);
    let page = entries(&model.connection, None, &TimelineQuery::of(contact("c0")), &one).unwrap();
    let token = PageRequest { token: page.next_page_token, ..one };
    assert!(entries(&model.connection, None, &TimelineQuery::of(contact("c0")), &token).is_ok());
    let other = entries(&model.connection, None, &TimelineQuery::of(contact("c1")), &token);
    assert_eq!(other.unwrap_err(), QueryError::PageToken);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Business times repeat, and are told in any order.
    #[test]
    fn pages_of_any_size_tell_everything_once_newest_first(
        times in vec(0..6_i64, 0..40),
        channels in btree_set(proptest::sample::select(vec![Channel::Call, Channel::Email, Channel::Chat]), 0..3),
        (from, before) in (0..6_i64, 0..7_i64),
        size in 1..9_u32,
    ) {
        let second = |number: i64| Instant::from_micros(number * 1_000_000).unwrap();
        let mut history = History::new();
        history.add_at::<Contact>(&contact("ann"), second(0), registered(0));
        for (number, time) in times.iter().enumerate() {
            let channel = [Channel::Call, Channel::Email, Channel::Chat][number % 3];
            let exchange = exchange(&number.to_string(), channel, None);
            history.add_at::<Interactions>(&contact("ann"), second(*time), exchange);
        }
        let query = TimelineQuery {
            channels: channels.clone(),
            occurred_from: Some(second(from)),
            occurred_before: Some(second(before)),
            ..TimelineQuery::of(contact("ann"))
        };
        let model = fold(&history);
        let paged: Vec<u64> = all_pages(size, |page| entries(&model.connection, None, &query, page))
            .into_iter()
            .map(|entry| entry.position.0)
            .collect();

        let mut expected: Vec<(i64, u64)> = Vec::new();
        if channels.is_empty() && from == 0 && before > 0 {
            expected.push((0, 1));
        }
        for (number, time) in times.into_iter().enumerate() {
            let channel = [Channel::Call, Channel::Email, Channel::Chat][number % 3];
            let kept = channels.is_empty() || channels.contains(&channel);
            if kept && time >= from && time < before {
                expected.push((time, number as u64 + 2));
            }
        }
        expected.sort_by(|one, other| other.cmp(one));
        prop_assert_eq!(paged, expected.into_iter().map(|(_, position)| position).collect::<Vec<_>>());
    }
}
