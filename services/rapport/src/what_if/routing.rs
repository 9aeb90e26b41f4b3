//! `rapport what-if routing`: leads that somebody else would have got.

use rapport_proto::v1::try_routing_policy_response::Part;
use rapport_proto::v1::{
    HeldLeads, ReroutedLead, RoutingDifference, TryRoutingPolicyRequest, TryRoutingPolicyResponse,
};
use serde_json::{Value, json};

use super::{LeadOptions, Told, difference};
use crate::client::Client;
use crate::error::Failure;
use crate::lead_rules::routing_policy_in;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;
use crate::wire::{rfc3339, timestamp};

/// Who has a lead that nobody has.
const NOBODY: &str = "nobody";

/// Tries it, and writes the difference.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub(super) async fn run(client: &Client, options: LeadOptions, format: Format) -> Result<(), Failure> {
    let request = TryRoutingPolicyRequest {
        header: options.read.header(),
        definition: Some(routing_policy_in(&options.file)?),
        from: Some(timestamp(options.from)),
        to: Some(timestamp(options.to)),
    };
    let trial = ask(|| {
        let (mut service, request) = (client.what_if(), request.clone());
        async move { service.try_routing_policy(request).await }
    })
    .await?;
    let told = |answer: TryRoutingPolicyResponse| match answer.part? {
        Part::Progress(progress) => Some(Told::Progress(progress)),
        Part::Difference(difference) => Some(Told::Difference(difference)),
    };
    let found = difference(trial, told).await?;
    match format {
        Format::Json => output::document(&document(&found, options.limit)),
        Format::Table => output::words(&words(&found, options.limit)),
    }
}

fn document(found: &RoutingDifference, limit: usize) -> Value {
    let by_owner = found
        .by_owner
        .iter()
        .map(|leads| json!({ "owner": leads.owner, "was": leads.was, "would_be": leads.would_be }));
    let rerouted = found.rerouted.iter().take(limit).map(|lead| {
        json!({
            "lead_id": lead.lead_id,
            "captured_at": output::instant(lead.captured_at.as_ref()),
            "was_owner": output::text(&lead.was_owner),
            "was_queue": output::text(&lead.was_queue),
            "would_be_owner": output::text(&lead.would_be_owner),
            "would_be_queue": output::text(&lead.would_be_queue),
            "rule": output::text(&lead.rule),
        })
    });
    json!({
        "position": found.position,
        "as_of": output::instant(found.as_of.as_ref()),
        "leads": found.leads,
        "same": found.same,
        "elsewhere": found.elsewhere,
        "was": held(found.was),
        "would_be": held(found.would_be),
        "by_owner": by_owner.collect::<Value>(),
        "rerouted": rerouted.collect::<Value>(),
    })
}

fn held(counted: Option<HeldLeads>) -> Value {
    let HeldLeads { owned, in_queue, unassigned, timed_out } = counted.unwrap_or_default();
    json!({ "owned": owned, "in_queue": in_queue, "unassigned": unassigned, "timed_out": timed_out })
}

fn words(found: &RoutingDifference, limit: usize) -> String {
    let RoutingDifference { leads, same, elsewhere, .. } = found;
    let mut text = format!("{leads} leads: {same} the same, {elsewhere} elsewhere\n\n");
    let (was, would_be) = (found.was.unwrap_or_default(), found.would_be.unwrap_or_default());
    let mut table = Table::new(vec!["leads", "#was", "#would_be"]);
    let mut row = |name: &str, was: u64, would_be: u64| {
        table.row(vec![name.to_owned(), was.to_string(), would_be.to_string()]);
    };
    row("owned", was.owned, would_be.owned);
    row("in a queue", was.in_queue, would_be.in_queue);
    row("unassigned", was.unassigned, would_be.unassigned);
    row("timed out", was.timed_out, would_be.timed_out);
    found.by_owner.iter().for_each(|leads| row(&leads.owner, leads.was, leads.would_be));
    text.push_str(&table.lines());
    let mut table = Table::new(vec!["lead", "captured_at", "was", "would_be", "rule"]);
    found.rerouted.iter().take(limit).for_each(|lead| table.row(rerouted(lead)));
    if !table.is_empty() {
        text.push_str(&format!("\n{}", table.lines()));
    }
    text
}

fn rerouted(lead: &ReroutedLead) -> Vec<String> {
    vec![
        lead.lead_id.clone(),
        rfc3339(lead.captured_at.as_ref()),
        holder(&lead.was_owner, &lead.was_queue),
        holder(&lead.would_be_owner, &lead.would_be_queue),
        lead.rule.clone(),
    ]
}

fn holder(owner: &str, queue: &str) -> String {
    match (owner, queue) {
        ("", "") => NOBODY.to_owned(),
        ("", queue) => format!("queue {queue}"),
        (owner, _) => owner.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::value::Instant;
    use rapport_proto::v1::OwnedLeads;

    use super::*;

    fn found() -> RoutingDifference {
        let lead = ReroutedLead {
            lead_id: "lead_7vcparmqz7h49bj6cjvbw2zy1s".to_owned(),
            captured_at: Some(timestamp(Instant::parse("2026-03-01T09:00:00Z").unwrap())),
            was_queue: "inbound".to_owned(),
            would_be_owner: "user:ann".to_owned(),
            rule: "dach".to_owned(),
            ..ReroutedLead::default()
        };
        let owned = |owner: &str, was, would_be| OwnedLeads { owner: owner.to_owned(), was, would_be };
        RoutingDifference {
            leads: 3,
            same: 2,
            elsewhere: 1,
            was: Some(HeldLeads { owned: 1, in_queue: 1, unassigned: 1, timed_out: 4 }),
            would_be: Some(HeldLeads { owned: 2, in_queue: 0, unassigned: 1, timed_out: 0 }),
            by_owner: vec![owned("user:ann", 0, 1), owned("user:ben", 1, 1)],
            rerouted: vec![lead],
            position: 7,
            as_of: None,
        }
    }

    #[test]
    fn who_would_have_got_which_leads_is_told_in_tables() {
        let expected = "3 leads: 2 the same, 1 elsewhere

LEADS       WAS  WOULD_BE
owned         1         2
in a queue    1         0
unassigned    1         1
timed out     4         0
user:ann      0         1
user:ben      1         1

LEAD                             CAPTURED_AT                  WAS            WOULD_BE  RULE
lead_7vcparmqz7h49bj6cjvbw2zy1s  2026-03-01T09:00:00.000000Z  queue inbound  user:ann  dach
";
        assert_eq!(words(&found(), 20), expected);
        assert!(!words(&found(), 0).contains("RULE"), "as many as are asked for");
    }

    #[test]
    fn a_program_reads_the_same() {
        let told = document(&found(), 20);
        assert_eq!((&told["elsewhere"], &told["was"]["timed_out"]), (&json!(1), &json!(4)));
        assert_eq!(told["by_owner"][1], json!({ "owner": "user:ben", "was": 1, "would_be": 1 }));
        let lead = &told["rerouted"][0];
        assert_eq!((&lead["was_owner"], &lead["was_queue"]), (&Value::Null, &json!("inbound")));
        assert_eq!((&lead["would_be_owner"], &lead["would_be_queue"]), (&json!("user:ann"), &Value::Null));
        assert_eq!(document(&found(), 0)["rerouted"], json!([]));
    }
}
