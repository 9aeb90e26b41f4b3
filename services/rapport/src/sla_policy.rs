//! `rapport sla-policy`: how soon a company promises to answer and to solve.

use rapport_proto::v1::{
    CasePriority, CaseWait, CommandHeader, CountedTime, ListSlaPoliciesRequest, PublishSlaPolicyRequest,
    SlaEscalation, SlaPolicy, SlaTargets,
};
use serde_json::{Value, json};

use crate::calendar::published;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;
use crate::wire::{parse_word, word_of};

/// Open for more than 48 hours: what a policy says where nothing else is said.
const ESCALATE_AFTER_DEFAULT: u32 = 48 * 60;

/// What `rapport sla-policy` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put a version in force. Promises that were made stay.
    Publish {
        /// A policy that is known, to publish its next version; left out: a new one.
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        sla_policy_id: String,
        /// What the company calls it.
        #[arg(long)]
        name: String,
        /// The calendar that time is counted by; left out: all time counts.
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        calendar_id: String,
        /// What is promised to a priority, in minutes: for the first answer, for the next one, for the solution; - where
        /// nothing is. May be given several times.
        #[arg(long = "target", value_name = "urgent=60/30/480", required = true, value_parser = parse_targets)]
        targets: Vec<SlaTargets>,
        /// How much of a promise's time has passed when the case says that little is left, in percent; left out: never.
        #[arg(long = "warn-at", value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=99))]
        warning_percent: Option<u32>,
        /// After how many minutes a case that is still open goes up to level 1 by itself, a pause or not; 0: never.
        #[arg(long, value_name = "MINUTES", default_value_t = ESCALATE_AFTER_DEFAULT)]
        escalate_after: u32,
        /// Which of these minutes count: all or working.
        #[arg(long, value_name = "TIME", default_value = "all", value_parser = parse_word::<CountedTime>)]
        escalate_counted: CountedTime,
        /// What a case may wait for while its clock stands still: customer, third_party.
        #[arg(long = "pause", value_delimiter = ',', value_name = "WAIT", value_parser = parse_word::<CaseWait>)]
        pauses: Vec<CaseWait>,
    },
    /// All policies, as they are in force.
    List {
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// The rule that a case which is open for long goes up by itself.
fn escalation(after_minutes: u32, counted: CountedTime) -> Option<SlaEscalation> {
    let time = if after_minutes.is_multiple_of(60) {
        format!("{} hours", after_minutes / 60)
    } else {
        format!("{after_minutes} minutes")
    };
    let of_work = if counted == CountedTime::Working { " of working time" } else { "" };
    let reason = format!("open for more than {time}{of_work}");
    let rule = SlaEscalation { after_minutes, counted: counted.into(), level: 1, reason };
    (after_minutes > 0).then_some(rule)
}

fn parse_targets(text: &str) -> Result<SlaTargets, String> {
    let malformed = || "expected a priority and three times in minutes, such as urgent=60/30/480".to_owned();
    let (priority, minutes) = text.split_once('=').ok_or_else(malformed)?;
    let priority = parse_word::<CasePriority>(priority)?.into();
    let minutes: Vec<Option<u32>> = minutes
        .split('/')
        .map(|text| match text.trim() {
            "-" => Ok(None),
            number => number.parse().map(Some).map_err(|_| malformed()),
        })
        .collect::<Result<_, _>>()?;
    let [first_response_minutes, next_response_minutes, resolution_minutes] = minutes[..] else {
        return Err(malformed());
    };
    Ok(SlaTargets { priority, first_response_minutes, next_response_minutes, resolution_minutes })
}

/// Does it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Publish {
            sla_policy_id,
            name,
            calendar_id,
            targets,
            warning_percent,
            escalate_after,
            escalate_counted,
            pauses,
        } => {
            let request_id = format!("sla-policy:{}", uuid::Uuid::now_v7().simple());
            let header = Some(CommandHeader { request_id, ..CommandHeader::default() });
            let pauses = pauses.into_iter().map(Into::into).collect();
            let request = PublishSlaPolicyRequest {
                header,
                sla_policy_id,
                name,
                calendar_id,
                targets,
                pauses,
                warning_percent: warning_percent.unwrap_or(0),
                escalation: escalation(escalate_after, escalate_counted),
            };
            let answer = client.service_levels().publish_sla_policy(request).await?.into_inner();
            let position = answer.receipt.unwrap_or_default().position;
            published("sla_policy_id", &answer.sla_policy_id, position, format)
        }
        Command::List { read } => {
            let answer = ask(|| {
                let (mut service, header) = (client.service_levels(), read.header());
                async move { service.list_sla_policies(ListSlaPoliciesRequest { header }).await }
            })
            .await?;
            let standing = Standing::from(&answer);
            match format {
                Format::Json => {
                    let policies = answer.sla_policies.iter().map(document).collect::<Value>();
                    output::document(&standing.beside(json!({ "sla_policies": policies })))
                }
                Format::Table => {
                    output::words(&format!("{}{}", read.heading(standing), table(&answer.sla_policies)))
                }
            }
        }
    }
}

fn document(policy: &SlaPolicy) -> Value {
    let targets = policy.targets.iter().map(|targets| {
        json!({
            "priority": word_of::<CasePriority>(targets.priority),
            "first_response_minutes": targets.first_response_minutes,
            "next_response_minutes": targets.next_response_minutes,
            "resolution_minutes": targets.resolution_minutes,
        })
    });
    json!({
        "sla_policy_id": policy.sla_policy_id,
        "version": policy.version,
        "name": policy.name,
        "calendar_id": output::text(&policy.calendar_id),
        "targets": targets.collect::<Value>(),
        "escalation": policy.escalation.as_ref().map(|rule| json!({
            "after_minutes": rule.after_minutes,
            "counted": word_of::<CountedTime>(rule.counted),
            "level": rule.level,
            "reason": rule.reason,
        })),
        "warning_percent": (policy.warning_percent > 0).then_some(policy.warning_percent),
        "pauses": policy.pauses.iter().map(|wait| word_of::<CaseWait>(*wait)).collect::<Value>(),
    })
}

fn table(policies: &[SlaPolicy]) -> String {
    let mut table = Table::new(vec![
        "sla_policy",
        "#version",
        "name",
        "priority",
        "#first_response_min",
        "#next_response_min",
        "#resolution_min",
        "#warn_at",
        "#escalate_min",
    ]);
    let minutes = |minutes: Option<u32>| minutes.map_or_else(|| "-".to_owned(), |n| n.to_string());
    for policy in policies {
        for targets in &policy.targets {
            table.row(vec![
                policy.sla_policy_id.clone(),
                policy.version.to_string(),
                policy.name.clone(),
                word_of::<CasePriority>(targets.priority),
                minutes(targets.first_response_minutes),
                minutes(targets.next_response_minutes),
                minutes(targets.resolution_minutes),
                Some(policy.warning_percent)
                    .filter(|n| *n > 0)
                    .map_or_else(|| "-".to_owned(), |n| format!("{n} %")),
                minutes(policy.escalation.as_ref().map(|rule| rule.after_minutes)),
            ]);
        }
    }
    table.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_three_times_of_which_some_may_be_left_out() {
        let targets = parse_targets("urgent=60/-/480").unwrap();
        assert_eq!(targets.priority(), CasePriority::Urgent);
        let minutes =
            [targets.first_response_minutes, targets.next_response_minutes, targets.resolution_minutes];
        assert_eq!(minutes, [Some(60), None, Some(480)]);
        for malformed in ["", "urgent", "urgent=60", "urgent=60/30", "soon=1/2/3", "urgent=1h/2h/3h"] {
            assert!(parse_targets(malformed).is_err(), "{malformed}");
        }
    }
}
