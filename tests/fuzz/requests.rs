//! Messages, as callers send them.

use prost::Message;
use rapport_proto::v1 as wire;
use rapport_tests::ask;

use super::feed;
use super::seeds::Seed;

/// What is read is written so that it is read the same.
fn read<M: Message + Default + PartialEq>(bytes: &[u8]) {
    let Ok(message) = M::decode(bytes) else { return };
    assert!(M::decode(message.encode_to_vec().as_slice()).is_ok_and(|again| again == message));
}

fn seed(name: &str, message: &impl Message) -> Seed {
    Seed { name: name.to_owned(), bytes: message.encode_to_vec() }
}

#[test]
fn a_request_is_read_or_refused() {
    let contact = "contact_00000000000000000000000000";
    let person = wire::RegisterContactRequest {
        contact_points: vec![ask::email("someone@example.com")],
        ..ask::person("r-1", "Someone")
    };
    let seeds = [
        seed("person", &person),
        seed("call", &ask::call("r-2", contact, "a call")),
        seed("pipeline", &ask::pipeline("r-3")),
        seed("deal", &ask::deal("r-4", "pipeline", contact)),
        seed("fact", &ask::fact("r-5", "x_orders-1", "{\"count\": 1}")),
    ];
    feed(&seeds, |seed| {
        read::<wire::RegisterContactRequest>(&seed.bytes);
        read::<wire::RecordInteractionRequest>(&seed.bytes);
        read::<wire::PublishPipelineRequest>(&seed.bytes);
        read::<wire::OpenOpportunityRequest>(&seed.bytes);
        read::<wire::AppendEventsRequest>(&seed.bytes);
        read::<wire::GiveConsentRequest>(&seed.bytes);
        read::<wire::CheckConsentsRequest>(&seed.bytes);
    });
}
