//! What to try next: lines that can be copied, with ids that exist.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::populate::Sample;

pub(super) fn lines(gateway: SocketAddr, operations: SocketAddr, sample: &Sample) -> String {
    let program =
        std::env::current_exe().map_or_else(|_| "rapport".to_owned(), |path| path.display().to_string());
    let mut text = format!(
        "Rapport listens on {gateway}; metrics are on http://{operations}/metrics.\n{} customers, {} events.\n\n\
         Try, in another terminal:\n\n  export RAPPORT_ADDR={gateway}\n\n",
        sample.customers, sample.position
    );
    let contact = &sample.busiest_contact_id;
    let mut lines = vec![
        ("what happened with a customer", format!("timeline {contact} --limit 20")),
        ("the same, orders only, as JSON", format!("timeline {contact} --channel order --json")),
        ("who that is", format!("contact get {contact}")),
        (
            "find somebody by the source's id",
            format!("contact search --external-ref {}", sample.external_ref),
        ),
        ("the sales pipeline", format!("pipeline {}", sample.pipeline_id)),
        ("who stays and who leaves, by contract type", "churn --segment contract".to_owned()),
        ("buyers that are overdue", "churn --at-risk --limit 10".to_owned()),
    ];
    if let Some(subject) = &sample.withdrawn_contact_id {
        lines.push(("what a customer agreed to, and took back", format!("consent {subject} --trail")));
    }
    lines.extend([
        ("the history of one customer, as it was recorded", format!("replay --contact {contact} --json")),
        ("new events as they come", format!("replay --from {} --follow", sample.position + 1)),
        ("what proves that an event is in the log, to take away", "audit prove 1".to_owned()),
        ("how far the views are", "projections list".to_owned()),
    ]);
    for (what, line) in lines {
        let _ = writeln!(text, "  # {what}\n  {program} {line}");
    }
    text
}
