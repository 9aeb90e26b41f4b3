//! Tokens of pages and of watches, which callers keep and hand back.

use prost::Message as _;
use prost_reflect::{DynamicMessage, MethodDescriptor, ReflectMessage as _, Value};
use rapport_tests::ask::reason;

use super::feed;
use super::seeds::Seed;
use super::server::{Server, path, rpcs};

/// Lists and watches that have a token to hand back, in a company that has no case, consent or reader of personal data.
const CONTINUED: [&str; 7] = [
    "GetTimeline",
    "ListContacts",
    "ListOpportunities",
    "ListOpportunitiesAtRisk",
    "WatchPipelineView",
    "WatchProjections",
    "WatchTimeline",
];

/// Those that are about one contact.
const NAMES_CONTACT: [&str; 2] = ["GetTimeline", "WatchTimeline"];

/// A question that is answered in parts, and the field of it that says where the answer goes on.
struct Continued {
    rpc: MethodDescriptor,
    question: DynamicMessage,
    token: String,
}

impl Continued {
    /// Asks for the first part, so that there is a token.
    fn of(server: &Server, rpc: MethodDescriptor) -> Option<Self> {
        let mut question = DynamicMessage::new(rpc.input());
        if NAMES_CONTACT.contains(&rpc.name()) {
            question.set_field_by_name("contact_id", Value::String(server.contacts[0].clone()));
        }
        if let Some(header) = rpc.input().get_field_by_name("header").filter(|_| !rpc.is_server_streaming()) {
            let mut after = DynamicMessage::new(header.kind().as_message()?.clone());
            after.set_field_by_name("min_position", Value::U64(server.position));
            question.set_field(&header, Value::Message(after));
        }
        set_token(&mut question, "")?;
        let answer = server.ask(&rpc, &question).ok()?;
        let token = ["next_page_token", "token"]
            .into_iter()
            .find_map(|name| answer.get_field_by_name(name)?.as_str().map(str::to_owned))?;
        (!token.is_empty()).then_some(Self { rpc, question, token })
    }

    fn with(&self, token: &str) -> Vec<u8> {
        let mut question = self.question.clone();
        set_token(&mut question, token);
        question.encode_to_vec()
    }
}

/// Has a question go on where a token says; nothing where it is answered at once.
fn set_token(question: &mut DynamicMessage, token: &str) -> Option<()> {
    let text = Value::String(token.to_owned());
    if question.descriptor().get_field_by_name("resume_token").is_some() {
        question.set_field_by_name("resume_token", text);
        return Some(());
    }
    let field = question.descriptor().get_field_by_name("page")?;
    let mut page = DynamicMessage::new(field.kind().as_message()?.clone());
    page.set_field_by_name("page_size", Value::U32(1));
    page.set_field_by_name("page_token", text);
    question.set_field(&field, Value::Message(page));
    Some(())
}

#[test]
fn a_token_goes_on_somewhere_or_is_refused() {
    let server = Server::start();
    let continued: Vec<Continued> =
        rpcs().into_iter().filter_map(|rpc| Continued::of(&server, rpc)).collect();
    let mut names: Vec<&str> = continued.iter().map(|continued| continued.rpc.name()).collect();
    names.sort_unstable();
    assert_eq!(names, CONTINUED);
    let seed = |continued: &Continued| Seed {
        name: path(&continued.rpc),
        bytes: continued.token.clone().into_bytes(),
    };
    let seeds: Vec<Seed> = continued.iter().map(seed).collect();

    feed(&seeds, |seed| {
        let continued = continued.iter().find(|continued| path(&continued.rpc) == seed.name).unwrap();
        let Some(token) = seed.text() else { return };
        let Err(refused) = server.call(&seed.name, &continued.with(token)) else { return };
        assert_ne!(token, continued.token, "its own token: {refused}");
        let refusal = reason(&refused);
        let known = ["PAGE_TOKEN_INVALID", "RESUME_TOKEN_INVALID"].contains(&refusal.as_str());
        assert!(known, "{} with {token:?}: {refused}", seed.name);
    });
    server.stop();
}
