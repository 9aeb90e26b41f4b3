//! The read models against the log, and against themselves folded from zero.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use rapport_proto::v1 as wire;
use rapport_proto::v1::admin_service_client::AdminServiceClient;
use rapport_proto::v1::contact_service_client::ContactServiceClient;
use rapport_proto::v1::interaction_service_client::InteractionServiceClient;
use rapport_proto::v1::pipeline_service_client::PipelineServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::history::Stored;
use super::model::Model;
use super::report::{Breach, Violation};
use super::request::Request;
use crate::ask::after;
use crate::rebuild::until_built;

/// Entries of a page of a timeline.
const PAGE: u32 = 200;
/// The moment that ages are measured at, so that they are the same each time.
const AGED_AT_SECONDS: i64 = 4_000_000_000;

/// What the read models say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answers {
    /// Position of the interactions of every contact.
    timelines: BTreeMap<String, BTreeSet<u64>>,
    contacts: u64,
    deals: u64,
    won: u64,
    open_minor_units: i64,
    /// All of it as it came, in order.
    bytes: Vec<Vec<u8>>,
}

/// Asks the read models for everything, once they have the position.
pub(super) async fn ask(model: &Model, channel: &Channel, position: u64) -> Result<Answers, Status> {
    let header = after(position);
    let mut bytes = Vec::new();
    let mut timelines = BTreeMap::new();
    for contact in &model.contacts {
        let entries = timeline(channel, contact, position, &mut bytes).await?;
        timelines.insert(contact.clone(), entries);
    }
    let page = Some(wire::PageRequest { page_size: PAGE, page_token: String::new() });
    let contacts = ContactServiceClient::new(channel.clone())
        .list_contacts(wire::ListContactsRequest { header, page })
        .await?
        .into_inner();
    bytes.push(contacts.encode_to_vec());
    let mut answers =
        Answers { timelines, contacts: contacts.total, deals: 0, won: 0, open_minor_units: 0, bytes };
    if let Some(pipeline_id) = model.pipeline.clone() {
        let aged_at = Some(prost_types::Timestamp { seconds: AGED_AT_SECONDS, nanos: 0 });
        let request = wire::GetPipelineViewRequest { header, pipeline_id, aged_at, ..Default::default() };
        let view = PipelineServiceClient::new(channel.clone()).get_pipeline_view(request).await?.into_inner();
        answers.bytes.push(view.encode_to_vec());
        answers.deals = view.opportunities;
        answers.won = view.closed.map_or(0, |closed| closed.won);
        answers.open_minor_units = view.open_amount.iter().map(|money| money.minor_units).sum();
    }
    Ok(answers)
}

async fn timeline(
    channel: &Channel,
    contact: &str,
    position: u64,
    bytes: &mut Vec<Vec<u8>>,
) -> Result<BTreeSet<u64>, Status> {
    let mut positions = BTreeSet::new();
    let mut page_token = String::new();
    loop {
        let page = Some(wire::PageRequest { page_size: PAGE, page_token });
        let contact_id = contact.to_owned();
        let request =
            wire::GetTimelineRequest { header: after(position), contact_id, page, ..Default::default() };
        let answer = InteractionServiceClient::new(channel.clone()).get_timeline(request).await?.into_inner();
        bytes.push(
            wire::GetTimelineResponse { next_page_token: String::new(), ..answer.clone() }.encode_to_vec(),
        );
        let recorded = answer.entries.iter().filter(|entry| entry.event_type == "interaction.recorded.v1");
        positions.extend(recorded.map(|entry| entry.position));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(positions);
        }
    }
}

/// What differs from the log.
pub(super) fn compare(answers: &Answers, model: &Model, log: &[Stored]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let of_type = |wanted: &str| log.iter().filter(|event| event.event_type == wanted).count() as u64;
    let mut differ = |what: &str, told: String, there: String| {
        if told != there {
            let text = format!("{what}: the read model tells {told}, the log {there}");
            violations.push(Violation::new(Breach::ReadModel, text));
        }
    };
    differ("contacts", answers.contacts.to_string(), of_type("contact.registered.v1").to_string());
    differ("deals", answers.deals.to_string(), of_type("opportunity.opened.v1").to_string());
    differ("deals won", answers.won.to_string(), of_type("opportunity.won.v1").to_string());
    let open = open_minor_units(model, log);
    differ("sum of open deals", answers.open_minor_units.to_string(), open.to_string());
    for (contact, told) in &answers.timelines {
        let of_contact = |event: &&Stored| {
            event.event_type == "interaction.recorded.v1" && event.stream.ends_with(contact)
        };
        let there: BTreeSet<u64> = log.iter().filter(of_contact).map(|event| event.position).collect();
        differ(&format!("timeline of {contact}"), format!("{told:?}"), format!("{there:?}"));
    }
    violations
}

/// What the open deals are worth by the requests that stand in the log.
fn open_minor_units(model: &Model, log: &[Stored]) -> i64 {
    let mut open: BTreeMap<&str, i64> = BTreeMap::new();
    let worth = |money: &Option<wire::Money>| money.as_ref().map_or(0, |money| money.minor_units);
    for event in log {
        let Some(promise) = model.promises.get(&event.request_id()) else { continue };
        match &promise.request {
            Request::Open(request) => drop(open.insert(&event.stream, worth(&request.amount))),
            Request::Revise(request) => drop(open.insert(&event.stream, worth(&request.amount))),
            Request::Win(_) => drop(open.remove(event.stream.as_str())),
            Request::Publish(_) | Request::Register(_) | Request::Record(_) | Request::Append(_) => {}
        }
    }
    open.values().sum()
}

/// Has every read model folded from the first event, beside the file that serves, and taken over.
pub(super) async fn fold_anew(channel: &Channel) -> Result<(), Status> {
    let mut admin = AdminServiceClient::new(channel.clone());
    let list = admin.list_projections(wire::ListProjectionsRequest {}).await?.into_inner();
    for projection in list.projections {
        let name = projection.name;
        // One that a kill cut off goes on by itself.
        if projection.rebuild.is_none() {
            admin.rebuild_projection(wire::RebuildProjectionRequest { name, require_equal: false }).await?;
        }
    }
    until_built(&mut admin).await.map(|_| ())
}
