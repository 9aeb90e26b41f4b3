//! What a contact's interactions accept and refuse, state by state.

mod law;

use super::*;
use crate::Personal;
use crate::aggregate::Reason;
use crate::id::{CorrectionId, InteractionId, OpportunityId, SubscriptionId};
use crate::testing::{Given, eur, given, key, label, reference, segments};
use crate::value::{ExternalRef, FreeText};

fn id(which: &str) -> InteractionId {
    InteractionId::derived("tests", which)
}

fn correction_id(which: &str) -> CorrectionId {
    CorrectionId::derived("tests", which)
}

fn source(external_ref: &str) -> Source {
    Source { system: reference("telephony"), external_ref: ExternalRef::parse(external_ref).unwrap() }
}

fn text(text: &str) -> Option<Personal<FreeText>> {
    Some(FreeText::parse(text).unwrap().into())
}

fn call() -> Record {
    Record {
        interaction_id: id("call"),
        channel: Channel::Call,
        direction: Direction::Inbound,
        summary: text("asked for an offer"),
        topic: Some(key("answered")),
        duration_seconds: Some(300),
        outcome: Some(label("call back")),
        value: Some(eur(1_250)),
        source: Some(source("call 4711")),
        related: vec![
            Related::Opportunity(OpportunityId::derived("tests", "deal")),
            Related::Subscription(SubscriptionId::derived("tests", "plan")),
            Related::Case(reference("INC-1")),
            Related::Campaign(reference("spring")),
        ],
        segments: segments([("team", "North")]),
        mentions: [].into(),
    }
}

/// A record that says nothing but through what and from whom.
fn note() -> Record {
    Record {
        interaction_id: id("note"),
        channel: Channel::Note,
        direction: Direction::Internal,
        summary: None,
        topic: None,
        duration_seconds: None,
        outcome: None,
        value: None,
        source: None,
        related: Vec::new(),
        segments: segments([]),
        mentions: [].into(),
    }
}

fn correct() -> Correct {
    Correct {
        interaction_id: id("call"),
        correction_id: correction_id("first"),
        summary: text("asked for two offers"),
        duration_seconds: Some(310),
        outcome: None,
    }
}

fn redact() -> Command {
    Command::Redact { interaction_id: id("call"), reason: label("asked for by the contact") }
}

fn redacted() -> Event {
    Redacted { interaction_id: id("call"), reason: label("asked for by the contact") }.into()
}

mod absent {
    use super::*;

    fn nothing() -> Given<Interactions> {
        given([])
    }

    #[test]
    fn can_be_recorded() {
        nothing().when(Command::Record(call())).then([call().into()]);
        nothing().when(Command::Record(note())).then([note().into()]);
    }

    #[test]
    fn can_be_recorded_through_every_channel() {
        for channel in [
            Channel::Call,
            Channel::Email,
            Channel::Chat,
            Channel::Meeting,
            Channel::Sms,
            Channel::Social,
            Channel::Web,
            Channel::Form,
            Channel::Cart,
            Channel::Order,
            Channel::ProductUsage,
            Channel::Note,
        ] {
            let record = Record { channel, ..call() };
            nothing().when(Command::Record(record.clone())).then([record.into()]);
        }
    }

    #[test]
    fn can_relate_to_as_many_things_as_the_limit_and_no_more() {
        let many = |count: usize| Record {
            related: (0..count).map(|n| Related::Case(reference(&format!("INC-{n}")))).collect(),
            ..call()
        };
        nothing().when(Command::Record(many(RELATED_MAX))).then([many(RELATED_MAX).into()]);
        nothing().when(Command::Record(many(RELATED_MAX + 1))).then_rejected(Rejection::TooManyRelated);
    }

    #[test]
    fn can_mention_as_many_colleagues_as_the_limit_and_no_more() {
        let many = |count: usize| Record {
            mentions: (0..count).map(|n| reference(&format!("user_{n}"))).collect(),
            ..note()
        };
        nothing().when(Command::Record(many(MENTIONS_MAX))).then([many(MENTIONS_MAX).into()]);
        nothing().when(Command::Record(many(MENTIONS_MAX + 1))).then_rejected(Rejection::TooManyMentions);
    }

    #[test]
    fn cannot_be_corrected_or_redacted() {
        nothing().when(Command::Correct(correct())).then_rejected(Rejection::NotRecorded);
        nothing().when(redact()).then_rejected(Rejection::NotRecorded);
    }
}

mod recorded {
    use super::*;

    fn recorded() -> Given<Interactions> {
        given([call().into()])
    }

    #[test]
    fn recorded_again_changes_nothing() {
        recorded().when(Command::Record(call())).then_nothing();
        recorded().when(Command::Record(Record { summary: None, ..call() })).then_nothing();
    }

    #[test]
    fn another_one_cannot_take_a_known_id() {
        let other = Record { source: None, duration_seconds: Some(7_777), ..call() };
        recorded().when(Command::Record(other)).then_rejected(Rejection::AlreadyRecorded);
    }

    #[test]
    fn the_same_thing_of_another_system_under_another_id_changes_nothing() {
        recorded().when(Command::Record(Record { interaction_id: id("again"), ..call() })).then_nothing();
    }

    #[test]
    fn another_thing_of_another_system_is_another_interaction() {
        let other = Record { interaction_id: id("later"), source: Some(source("call 4712")), ..call() };
        recorded().when(Command::Record(other.clone())).then([other.into()]);
        recorded().when(Command::Record(note())).then([note().into()]);
    }

    #[test]
    fn another_thing_of_another_system_cannot_take_a_known_id() {
        let other = Record { source: Some(source("call 4712")), ..call() };
        recorded().when(Command::Record(other)).then_rejected(Rejection::AlreadyRecorded);
        let sourced = Record { source: Some(source("note 1")), ..note() };
        given::<Interactions>([note().into()])
            .when(Command::Record(sourced))
            .then_rejected(Rejection::AlreadyRecorded);
    }

    #[test]
    fn can_be_corrected() {
        recorded().when(Command::Correct(correct())).then([correct().into()]);
    }

    #[test]
    fn one_correction_is_applied_once_and_another_one_too() {
        let other = Correct { correction_id: correction_id("second"), ..correct() };
        let once = || given::<Interactions>([call().into(), correct().into()]);
        once().when(Command::Correct(correct())).then_nothing();
        once().when(Command::Correct(other.clone())).then([other.into()]);
    }

    #[test]
    fn a_correction_that_says_nothing_changes_nothing() {
        let empty = Correct { summary: None, duration_seconds: None, outcome: None, ..correct() };
        recorded().when(Command::Correct(empty)).then_nothing();
    }

    #[test]
    fn can_be_redacted() {
        recorded().when(redact()).then([redacted()]);
        given::<Interactions>([call().into(), correct().into()]).when(redact()).then([redacted()]);
    }

    #[test]
    fn another_one_cannot_be_corrected_or_redacted() {
        recorded()
            .when(Command::Correct(Correct { interaction_id: id("other"), ..correct() }))
            .then_rejected(Rejection::NotRecorded);
        recorded()
            .when(Command::Redact { interaction_id: id("other"), reason: label("by mistake") })
            .then_rejected(Rejection::NotRecorded);
    }
}

mod redacted_interaction {
    use super::*;

    fn gone() -> Given<Interactions> {
        given([call().into(), redacted()])
    }

    #[test]
    fn redacted_again_changes_nothing() {
        gone().when(redact()).then_nothing();
        gone()
            .when(Command::Redact { interaction_id: id("call"), reason: label("another reason") })
            .then_nothing();
    }

    #[test]
    fn recorded_again_stays_redacted() {
        gone().when(Command::Record(call())).then_nothing();
        gone().when(Command::Record(Record { interaction_id: id("again"), ..call() })).then_nothing();
    }

    #[test]
    fn another_thing_of_another_system_cannot_take_its_id() {
        gone()
            .when(Command::Record(Record { source: Some(source("call 4712")), ..call() }))
            .then_rejected(Rejection::AlreadyRecorded);
    }

    #[test]
    fn cannot_be_corrected() {
        gone().when(Command::Correct(correct())).then_rejected(Rejection::Redacted);
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons = [
        (Rejection::NotRecorded, "INTERACTION_NOT_FOUND"),
        (Rejection::AlreadyRecorded, "INTERACTION_ALREADY_RECORDED"),
        (Rejection::Redacted, "INTERACTION_REDACTED"),
        (Rejection::TooManyRelated, "INTERACTION_RELATED_EXHAUSTED"),
        (Rejection::TooManyMentions, "INTERACTION_MENTIONS_EXHAUSTED"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}
