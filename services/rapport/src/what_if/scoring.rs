//! `rapport what-if scoring`: leads that would have been judged otherwise.

use rapport_proto::v1::try_scoring_model_response::Part;
use rapport_proto::v1::{
    LeadOutcome, LeadOutcomes, LeadRating, RejudgedLead, ScoringDifference, TryScoringModelRequest,
    TryScoringModelResponse,
};
use serde_json::{Value, json};

use super::{LeadOptions, Told, difference};
use crate::client::Client;
use crate::error::Failure;
use crate::lead_rules::scoring_model_in;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;
use crate::wire::{rfc3339, timestamp, word_of};

/// What stands where a lead was not judged.
const UNJUDGED: &str = "-";

/// Tries it, and writes the difference.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub(super) async fn run(client: &Client, options: LeadOptions, format: Format) -> Result<(), Failure> {
    let request = TryScoringModelRequest {
        header: options.read.header(),
        definition: Some(scoring_model_in(&options.file)?),
        from: Some(timestamp(options.from)),
        to: Some(timestamp(options.to)),
    };
    let trial = ask(|| {
        let (mut service, request) = (client.what_if(), request.clone());
        async move { service.try_scoring_model(request).await }
    })
    .await?;
    let told = |answer: TryScoringModelResponse| match answer.part? {
        Part::Progress(progress) => Some(Told::Progress(progress)),
        Part::Difference(difference) => Some(Told::Difference(difference)),
    };
    let found = difference(trial, told).await?;
    match format {
        Format::Json => output::document(&document(&found, options.limit)),
        Format::Table => output::words(&words(&found, options.limit)),
    }
}

fn document(found: &ScoringDifference, limit: usize) -> Value {
    let by_grade = found.by_grade.iter().map(
        |group| json!({ "grade": output::text(&group.grade), "was": group.was, "would_be": group.would_be }),
    );
    let changed = found.changed.iter().take(limit).map(|lead| {
        json!({
            "lead_id": lead.lead_id,
            "captured_at": output::instant(lead.captured_at.as_ref()),
            "was_grade": output::text(&lead.was_grade),
            "was_rating": output::text(&word_of::<LeadRating>(lead.was_rating)),
            "would_be_grade": lead.would_be_grade,
            "would_be_rating": word_of::<LeadRating>(lead.would_be_rating),
            "was_hot_at": output::instant(lead.was_hot_at.as_ref()),
            "would_be_hot_at": output::instant(lead.would_be_hot_at.as_ref()),
            "outcome": word_of::<LeadOutcome>(lead.outcome),
        })
    });
    json!({
        "position": found.position,
        "as_of": output::instant(found.as_of.as_ref()),
        "all": outcomes(found.all),
        "grade_changed": outcomes(found.grade_changed),
        "newly_hot": outcomes(found.newly_hot),
        "no_longer_hot": outcomes(found.no_longer_hot),
        "by_grade": by_grade.collect::<Value>(),
        "changed": changed.collect::<Value>(),
    })
}

fn outcomes(counted: Option<LeadOutcomes>) -> Value {
    let LeadOutcomes { leads, open, disqualified, converted, won, lost } = counted.unwrap_or_default();
    json!({
        "leads": leads,
        "open": open,
        "disqualified": disqualified,
        "converted": converted,
        "won": won,
        "lost": lost,
    })
}

fn words(found: &ScoringDifference, limit: usize) -> String {
    let columns = ["", "#leads", "#open", "#disqualified", "#converted", "#won", "#lost"];
    let mut table = Table::new(columns.to_vec());
    let groups = [
        ("all", found.all),
        ("grade changed", found.grade_changed),
        ("newly hot", found.newly_hot),
        ("no longer hot", found.no_longer_hot),
    ];
    for (name, counted) in groups {
        let LeadOutcomes { leads, open, disqualified, converted, won, lost } = counted.unwrap_or_default();
        let numbers = [leads, open, disqualified, converted, won, lost].map(|number| number.to_string());
        table.row([name.to_owned()].into_iter().chain(numbers).collect());
    }
    let mut text = table.lines();
    let mut table = Table::new(vec!["grade", "#was", "#would_be"]);
    for group in &found.by_grade {
        table.row(vec![judged(&group.grade, 0), group.was.to_string(), group.would_be.to_string()]);
    }
    if !table.is_empty() {
        text.push_str(&format!("\n{}", table.lines()));
    }
    let columns = ["lead", "captured_at", "was", "would_be", "was_hot_at", "would_be_hot_at", "outcome"];
    let mut table = Table::new(columns.to_vec());
    found.changed.iter().take(limit).for_each(|lead| table.row(changed(lead)));
    if !table.is_empty() {
        text.push_str(&format!("\n{}", table.lines()));
    }
    text
}

fn changed(lead: &RejudgedLead) -> Vec<String> {
    vec![
        lead.lead_id.clone(),
        rfc3339(lead.captured_at.as_ref()),
        judged(&lead.was_grade, lead.was_rating),
        judged(&lead.would_be_grade, lead.would_be_rating),
        rfc3339(lead.was_hot_at.as_ref()),
        rfc3339(lead.would_be_hot_at.as_ref()),
        word_of::<LeadOutcome>(lead.outcome),
    ]
}

/// A grade, and a rating where one is said.
fn judged(grade: &str, rating: i32) -> String {
    match grade {
        "" => UNJUDGED.to_owned(),
        grade => format!("{grade} {}", word_of::<LeadRating>(rating)).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::value::Instant;
    use rapport_proto::v1::GradedLeads;

    use super::*;

    fn found() -> ScoringDifference {
        let at = |text| Some(timestamp(Instant::parse(text).unwrap()));
        let one = |won, open| Some(LeadOutcomes { leads: won + open, open, won, ..LeadOutcomes::default() });
        let lead = RejudgedLead {
            lead_id: "lead_7vcparmqz7h49bj6cjvbw2zy1s".to_owned(),
            captured_at: at("2026-03-01T09:00:00Z"),
            would_be_grade: "C2".to_owned(),
            would_be_rating: LeadRating::Hot.into(),
            would_be_hot_at: at("2026-03-02T10:30:00Z"),
            outcome: LeadOutcome::Won.into(),
            ..RejudgedLead::default()
        };
        let graded = |grade: &str, was, would_be| GradedLeads { grade: grade.to_owned(), was, would_be };
        ScoringDifference {
            all: one(1, 1),
            grade_changed: one(1, 0),
            newly_hot: one(1, 0),
            no_longer_hot: one(0, 0),
            by_grade: vec![graded("", 1, 0), graded("C2", 0, 1), graded("C3", 1, 1)],
            changed: vec![lead],
            position: 7,
            as_of: None,
        }
    }

    #[test]
    fn what_would_have_been_judged_otherwise_is_told_in_tables() {
        let expected = "               LEADS  OPEN  DISQUALIFIED  CONVERTED  WON  LOST
all                2     1             0          0    1     0
grade changed      1     0             0          0    1     0
newly hot          1     0             0          0    1     0
no longer hot      0     0             0          0    0     0

GRADE  WAS  WOULD_BE
-        1         0
C2       0         1
C3       1         1

LEAD                             CAPTURED_AT                  WAS  WOULD_BE  WAS_HOT_AT  WOULD_BE_HOT_AT              OUTCOME
lead_7vcparmqz7h49bj6cjvbw2zy1s  2026-03-01T09:00:00.000000Z  -    C2 hot                2026-03-02T10:30:00.000000Z  won
";
        assert_eq!(words(&found(), 20), expected);
        assert!(!words(&found(), 0).contains("LEAD  "), "as many as are asked for");
    }

    #[test]
    fn a_program_reads_the_same() {
        let told = document(&found(), 20);
        assert_eq!((&told["position"], &told["all"]["won"]), (&json!(7), &json!(1)));
        assert_eq!(told["by_grade"][0], json!({ "grade": null, "was": 1, "would_be": 0 }));
        let lead = &told["changed"][0];
        assert_eq!((&lead["was_grade"], &lead["was_rating"]), (&Value::Null, &Value::Null));
        assert_eq!((&lead["would_be_grade"], &lead["would_be_rating"]), (&json!("C2"), &json!("hot")));
        assert_eq!((&lead["outcome"], &lead["was_hot_at"]), (&json!("won"), &Value::Null));
        assert_eq!(document(&found(), 0)["changed"], json!([]));
    }
}
