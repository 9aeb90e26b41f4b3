//! `rapport what-if sla`: cases that would have breached, or not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rapport_domain::value::Instant;
use rapport_proto::v1::try_sla_policy_response::Part;
use rapport_proto::v1::{
    CasePriority, CaseWait, ChangedCase, JudgedCases, SlaDifference, SlaTarget, SlaTargets,
    TrySlaPolicyRequest, TrySlaPolicyResponse,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{LISTED_DEFAULT, Told, difference};
use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;
use crate::wire::{parse_moment, parse_word, rfc3339, timestamp, word_of};

/// What `rapport what-if sla` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The draft, a TOML file: `pauses = ["customer"]`, `calendar_id`, and `[targets.urgent]` with `resolution_minutes`.
    file: PathBuf,
    /// Cases that began at this time or later.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    from: Instant,
    /// And before this one; what became of them is told as of it.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    to: Instant,
    /// How many of the cases that would have come out otherwise are told of, at most 1,000.
    #[arg(long, value_name = "N", default_value_t = LISTED_DEFAULT)]
    limit: usize,
    /// From which position on, or as of when.
    #[command(flatten)]
    read: ReadOptions,
}

/// A draft, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    #[serde(default)]
    calendar_id: String,
    #[serde(default)]
    pauses: Vec<String>,
    targets: BTreeMap<String, Targets>,
}

/// What it promises to a priority, in minutes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    first_response_minutes: Option<u32>,
    next_response_minutes: Option<u32>,
    resolution_minutes: Option<u32>,
}

/// Tries it, and writes the difference.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let request = request(&options)?;
    let trial = ask(|| {
        let (mut service, request) = (client.what_if(), request.clone());
        async move { service.try_sla_policy(request).await }
    })
    .await?;
    let told = |answer: TrySlaPolicyResponse| match answer.part? {
        Part::Progress(progress) => Some(Told::Progress(progress)),
        Part::Difference(difference) => Some(Told::Difference(difference)),
    };
    written(&difference(trial, told).await?, options.limit, format)
}

fn request(options: &Options) -> Result<TrySlaPolicyRequest, Failure> {
    let path = options.file.display();
    let text = std::fs::read_to_string(&options.file)
        .map_err(|error| Failure::Usage(format!("{path} cannot be read: {error}")))?;
    let draft: Draft = toml::from_str(&text).map_err(|error| Failure::Usage(format!("{path}: {error}")))?;
    let wrong = |field: &str, cause: String| Failure::Usage(format!("{path}: {field}: {cause}"));
    let pauses = draft.pauses.iter().map(|wait| parse_word::<CaseWait>(wait).map(Into::into));
    let targets = draft.targets.iter().map(|(priority, targets)| {
        Ok(SlaTargets {
            priority: parse_word::<CasePriority>(priority)?.into(),
            first_response_minutes: targets.first_response_minutes,
            next_response_minutes: targets.next_response_minutes,
            resolution_minutes: targets.resolution_minutes,
        })
    });
    Ok(TrySlaPolicyRequest {
        header: options.read.header(),
        calendar_id: draft.calendar_id,
        targets: targets.collect::<Result<_, _>>().map_err(|cause| wrong("targets", cause))?,
        pauses: pauses.collect::<Result<_, _>>().map_err(|cause| wrong("pauses", cause))?,
        from: Some(timestamp(options.from)),
        to: Some(timestamp(options.to)),
    })
}

fn written(difference: &SlaDifference, limit: usize, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => output::document(&document(difference, limit)),
        Format::Table => output::words(&words(difference, limit)),
    }
}

fn document(difference: &SlaDifference, limit: usize) -> Value {
    let by_priority = difference.by_priority.iter().map(|group| {
        let mut document = judged(group.judged.unwrap_or_default());
        document["priority"] = word_of::<CasePriority>(group.priority).into();
        document
    });
    let changed = difference.changed.iter().take(limit).map(|case| {
        json!({
            "case_id": case.case_id,
            "opened_at": output::instant(case.opened_at.as_ref()),
            "priority": word_of::<CasePriority>(case.priority),
            "was_breached": targets(&case.was_breached),
            "would_be_breached": targets(&case.would_be_breached),
        })
    });
    json!({
        "position": difference.position,
        "as_of": output::instant(difference.as_of.as_ref()),
        "all": judged(difference.all.unwrap_or_default()),
        "by_priority": by_priority.collect::<Value>(),
        "changed": changed.collect::<Value>(),
    })
}

fn judged(cases: JudgedCases) -> Value {
    json!({
        "cases": cases.cases,
        "was_breached": cases.was_breached,
        "would_be_breached": cases.would_be_breached,
        "newly_breached": cases.newly_breached,
        "no_longer_breached": cases.no_longer_breached,
    })
}

fn targets(targets: &[i32]) -> Vec<String> {
    targets.iter().map(|target| word_of::<SlaTarget>(*target)).collect()
}

fn words(difference: &SlaDifference, limit: usize) -> String {
    let columns = ["priority", "#cases", "#was_breached", "#would_be", "#newly", "#no_longer"];
    let mut table = Table::new(columns.to_vec());
    let of_priority = |group: &rapport_proto::v1::JudgedCasesOfPriority| {
        (word_of::<CasePriority>(group.priority), group.judged.unwrap_or_default())
    };
    let groups = difference.by_priority.iter().map(of_priority);
    for (name, cases) in groups.chain([("all".to_owned(), difference.all.unwrap_or_default())]) {
        let JudgedCases { cases, was_breached, would_be_breached, newly_breached, no_longer_breached } =
            cases;
        let numbers = [cases, was_breached, would_be_breached, newly_breached, no_longer_breached];
        table.row([name].into_iter().chain(numbers.map(|number| number.to_string())).collect());
    }
    let mut text = table.lines();
    let mut table = Table::new(vec!["case", "opened_at", "priority", "was_breached", "would_be"]);
    for case in difference.changed.iter().take(limit) {
        table.row(changed(case));
    }
    if !table.is_empty() {
        text.push_str(&format!("\n{}", table.lines()));
    }
    text
}

fn changed(case: &ChangedCase) -> Vec<String> {
    vec![
        case.case_id.clone(),
        rfc3339(case.opened_at.as_ref()),
        word_of::<CasePriority>(case.priority),
        targets(&case.was_breached).join(", "),
        targets(&case.would_be_breached).join(", "),
    ]
}
