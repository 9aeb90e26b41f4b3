//! Messages, as callers send them.

use prost::Message;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{self, reason};

use super::feed;
use super::invented::Inventor;
use super::seeds::Seed;
use super::server::{Server, path, rpcs};

/// Messages that are made up for each RPC.
const INVENTED: usize = 4;

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

#[test]
fn every_rpc_answers_whatever_it_is_sent_and_nothing_that_is_taken_stops_a_read_model() {
    let server = Server::start();
    let mut inventor = Inventor::new(&server.contacts);
    let rpcs = rpcs();
    assert!(rpcs.len() >= 90, "the contract has {} RPCs", rpcs.len());
    let mut seeds = Vec::new();
    for rpc in &rpcs {
        for _ in 0..INVENTED {
            seeds.push(seed(&path(rpc), &inventor.message(&rpc.input())));
        }
    }

    feed(&seeds, |seed| {
        let Err(refused) = server.call(&seed.name, &seed.bytes) else { return };
        assert!(!refused.details().is_empty(), "{}: no reason: {refused}", seed.name);
        assert_ne!(reason(&refused), "INTERNAL", "{}: {refused}", seed.name);
    });

    assert_eq!(server.parked(), Vec::<String>::new());
    server.stop();
}
