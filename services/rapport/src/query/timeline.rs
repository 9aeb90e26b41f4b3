//! `rapport timeline`: what happened with a contact, newest first.

use rapport_domain::value::Instant;
use rapport_proto::v1::related_to::Thing;
use rapport_proto::v1::{
    GetTimelineRequest, InteractionChannel, InteractionDirection, RelatedTo, TimelineEntry, TimelineKind,
    WatchTimelineRequest, WatchTimelineResponse,
};
use serde_json::{Value, json};

use super::pages::{Extent, Gathered, PAGE_SIZE_MAX, Page, gather};
use super::watch::{Watching, follow};
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::{parse_moment, parse_word, rfc3339, timestamp, word_of};

/// Characters of a text in a table.
const TEXT_COLUMN: usize = 60;

/// What `rapport timeline` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Whose timeline.
    pub contact_id: String,
    /// Only these channels: call, email, chat, meeting, sms, social, web, form, cart, order, `product_usage`, note.
    #[arg(long = "channel", value_delimiter = ',', value_parser = parse_word::<InteractionChannel>)]
    pub channels: Vec<InteractionChannel>,
    /// Only these kinds: interaction, contact, opportunity, subscription, consent.
    #[arg(long = "kind", value_delimiter = ',', value_parser = parse_word::<TimelineKind>)]
    pub kinds: Vec<TimelineKind>,
    /// Only what occurred at or after this time (RFC 3339, or a day).
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub from: Option<Instant>,
    /// Only what occurred before this time (RFC 3339, or a day).
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub before: Option<Instant>,
    /// Only what had occurred by this time, inclusive (RFC 3339, or a day): what was true then, however late it was recorded.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub valid_at: Option<Instant>,
    /// How many entries.
    #[command(flatten)]
    pub extent: Extent,
    /// From which position on.
    #[command(flatten)]
    pub read: ReadOptions,
    /// Whether to go on with changes. What is watched is the whole timeline, without a filter.
    #[command(flatten)]
    pub watching: Watching,
}

impl Options {
    /// A watch tells everything: what would be left out of it is refused.
    fn assert_consistent(&self) -> Result<(), Failure> {
        let filters = [
            ("--channel", !self.channels.is_empty()),
            ("--kind", !self.kinds.is_empty()),
            ("--from", self.from.is_some()),
            ("--before", self.before.is_some()),
            ("--all", self.extent.all),
        ];
        match filters.into_iter().find(|(_, is_given)| self.watching.watch && *is_given) {
            Some((name, _)) => {
                Err(Failure::Usage(format!("--watch tells the whole timeline; leave {name} out")))
            }
            None => Ok(()),
        }
    }
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    options.assert_consistent()?;
    if options.watching.watch {
        return watch(client, options, format).await;
    }
    let gathered = gather(options.extent, |page| {
        let request = GetTimelineRequest { page: Some(page), ..request(&options) };
        let mut service = client.interactions();
        async move {
            let answer = service.get_timeline(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.entries, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&document(&options.contact_id, &gathered)),
        Format::Table => {
            let heading = options.read.heading(gathered.standing);
            output::words(&format!("{heading}{}", table(&gathered)))
        }
    }
}

async fn watch(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let request = WatchTimelineRequest {
        contact_id: options.contact_id.clone(),
        snapshot_size: u32::try_from(options.extent.limit).unwrap_or(PAGE_SIZE_MAX).clamp(1, PAGE_SIZE_MAX),
        resume_token: options.watching.token(),
        header: options.read.header(),
    };
    let messages = client.interaction_stream().watch_timeline(request).await?.into_inner();
    let document = |message: &WatchTimelineResponse| {
        json!({
            "contact_id": options.contact_id,
            "snapshot": message.snapshot,
            "entries": message.entries.iter().map(entry).collect::<Value>(),
            "position": message.position,
            "token": message.token,
        })
    };
    follow(messages, format, document, |message| rows(&message.entries).lines()).await
}

fn request(options: &Options) -> GetTimelineRequest {
    GetTimelineRequest {
        header: options.read.header(),
        contact_id: options.contact_id.clone(),
        channels: options.channels.iter().map(|channel| i32::from(*channel)).collect(),
        kinds: options.kinds.iter().map(|kind| i32::from(*kind)).collect(),
        occurred_from: options.from.map(timestamp),
        occurred_before: options.before.map(timestamp),
        valid_at: options.valid_at.map(timestamp),
        page: None,
    }
}

fn document(contact_id: &str, gathered: &Gathered<TimelineEntry>) -> Value {
    gathered.standing.beside(json!({
        "contact_id": contact_id,
        "entries": gathered.entries.iter().map(entry).collect::<Value>(),
        "more": gathered.more,
    }))
}

/// An entry as JSON.
#[must_use]
pub fn entry(entry: &TimelineEntry) -> Value {
    json!({
        "position": entry.position,
        "event_type": entry.event_type,
        "kind": output::text(&word_of::<TimelineKind>(entry.kind)),
        "occurred_at": output::instant(entry.occurred_at.as_ref()),
        "recorded_at": output::instant(entry.recorded_at.as_ref()),
        "actor": output::actor(entry.actor.as_ref()),
        "interaction_id": output::text(&entry.interaction_id),
        "channel": output::text(&word_of::<InteractionChannel>(entry.channel)),
        "direction": output::text(&word_of::<InteractionDirection>(entry.direction)),
        "summary": output::personal(entry.summary.as_ref()),
        "topic": output::text(&entry.topic),
        "duration_seconds": entry.duration_seconds,
        "outcome": output::text(&entry.outcome),
        "value": entry.value.as_ref().map(output::money),
        "source_system": output::text(&entry.source_system),
        "external_ref": output::text(&entry.external_ref),
        "related": entry.related.iter().map(related).collect::<Value>(),
        "segments": output::entries(&entry.segments),
        "redacted": entry.redacted,
        "corrected_at": output::instant(entry.corrected_at.as_ref()),
        "description": output::text(&entry.description),
    })
}

fn related(related: &RelatedTo) -> Value {
    match &related.thing {
        None => Value::Null,
        Some(Thing::OpportunityId(id)) => json!({ "opportunity_id": id }),
        Some(Thing::SubscriptionId(id)) => json!({ "subscription_id": id }),
        Some(Thing::CaseRef(reference)) => json!({ "case_ref": reference }),
        Some(Thing::CampaignRef(reference)) => json!({ "campaign_ref": reference }),
    }
}

fn table(gathered: &Gathered<TimelineEntry>) -> String {
    let more = if gathered.more { "There is more: --limit N, or --all.\n" } else { "" };
    format!("{}{more}", rows(&gathered.entries).lines())
}

fn rows(entries: &[TimelineEntry]) -> Table {
    let mut table = Table::new(vec!["#position", "occurred_at", "what", "direction", "by", "value", "text"]);
    for entry in entries {
        let channel = word_of::<InteractionChannel>(entry.channel);
        let what = if channel.is_empty() { word_of::<TimelineKind>(entry.kind) } else { channel };
        let actor = entry.actor.as_ref().map(|actor| format!("{}:{}", actor.kind, actor.id));
        table.row(vec![
            entry.position.to_string(),
            rfc3339(entry.occurred_at.as_ref()),
            what,
            word_of::<InteractionDirection>(entry.direction),
            actor.unwrap_or_default(),
            entry
                .value
                .as_ref()
                .map_or_else(String::new, |money| output::listed(std::slice::from_ref(money))),
            output::cut(&words(entry), TEXT_COLUMN),
        ]);
    }
    table
}

fn words(entry: &TimelineEntry) -> String {
    let summary =
        if entry.redacted { "[redacted]".to_owned() } else { output::personal_words(entry.summary.as_ref()) };
    let parts = [entry.description.clone(), summary, entry.topic.clone(), entry.outcome.clone()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
