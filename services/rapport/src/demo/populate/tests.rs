use std::collections::BTreeSet;

use rapport_proto::v1::InteractionChannel;

use super::*;

fn base(customers: usize) -> Vec<History> {
    let now = Instant::parse("2026-11-21T12:00:00Z").unwrap();
    (1..=customers).map(|number| history(number, now)).collect()
}

fn count(histories: &[History], word: &str) -> usize {
    histories.iter().flat_map(|history| &history.commands).filter(|command| command.word() == word).count()
}

#[test]
fn the_same_customers_come_out_every_time() {
    let commands =
        |histories: Vec<History>| histories.into_iter().map(|history| history.commands).collect::<Vec<_>>();
    assert_eq!(commands(base(20)), commands(base(20)));
}

#[test]
fn three_hundred_customers_have_a_believable_history() {
    let base = base(300);
    assert_eq!(count(&base, "register_contact"), 300);
    let believable = [
        ("record_interaction", 2500..6000),
        ("open_opportunity", 200..300),
        ("win_opportunity", 60..160),
        ("lose_opportunity", 40..140),
        ("start_subscription", 90..150),
        ("cancel_subscription", 20..70),
        ("give_consent", 200..400),
        ("refuse_consent", 40..160),
        ("withdraw_consent", 30..150),
    ];
    for (word, range) in believable {
        let number = count(&base, word);
        assert!(range.contains(&number), "{word}: {number}");
    }
}

#[test]
fn every_channel_occurs() {
    let base = base(300);
    let commands = base.iter().flat_map(|history| &history.commands);
    let channels: BTreeSet<i32> = commands
        .filter_map(|command| {
            if let Command::RecordInteraction(request) = command { Some(request.channel) } else { None }
        })
        .collect();
    assert_eq!(channels.len(), 12);
    assert!(channels.contains(&i32::from(InteractionChannel::Order)));
}

#[test]
fn every_request_has_an_id_of_its_own_and_registration_comes_first() {
    let base = base(300);
    let ids: Vec<&str> = base.iter().flat_map(|history| &history.commands).map(Command::request_id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert!(base.iter().all(|history| history.commands[0].word() == "register_contact"));
}
