use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_domain::id::{ContactId, InteractionId, OpportunityId, PipelineId};
use rapport_proto::v1::related_to::Thing;
use rapport_proto::v1::{
    ContactKind, FrozenRate, InteractionChannel, InteractionDirection, Money, OpenOpportunityRequest,
    RelatedTo,
};

use super::*;
use crate::error;
use crate::import::preset;
use crate::import::source::{Columns, Place};
use crate::wire::rfc3339;

fn row(line: u64, cells: &[(&str, &str)]) -> Row {
    let columns = Columns::new(cells.iter().map(|(column, _)| (*column).to_owned()).collect());
    let place = Place { file: Arc::from("data.csv"), line };
    Row::new(place, Arc::new(columns), cells.iter().map(|(_, cell)| (*cell).to_owned()).collect())
}

fn preset(name: &str) -> Mapping {
    Mapping::parse(name, preset::find(name).unwrap().text).unwrap()
}

fn table(key: &str, cells: &[(&str, &str)]) -> JoinTable {
    let cells = cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect();
    JoinTable::from([(key.to_owned(), cells)])
}

fn maven_lookups() -> BTreeMap<String, JoinTable> {
    let agent = [("regional_office", "Central"), ("manager", "Dustin Brinkmann")];
    BTreeMap::from([
        ("agents".to_owned(), table("Darcel Schlecht", &agent)),
        ("products".to_owned(), table("GTX Pro", &[("series", "GTX")])),
    ])
}

fn planned(mapping: &Mapping, step: usize, row: &Row) -> Result<Vec<Command>, Vec<Problem>> {
    let lookups = if mapping.lookups.is_empty() { BTreeMap::new() } else { maven_lookups() };
    let planned = Planner::new(mapping, &mapping.steps[step], &lookups).commands(row)?;
    Ok(planned.into_iter().map(|item| item.command).collect())
}

fn deal(stage: &str, changed: &[(&str, &str)]) -> Row {
    let mut cells = vec![
        ("opportunity_id", "Z063OYW0"),
        ("sales_agent", "Darcel Schlecht"),
        ("product", "GTXPro"),
        ("account", "Isdom"),
        ("deal_stage", stage),
        ("engage_date", "2016-10-25"),
        ("close_date", "2017-03-11"),
        ("close_value", "4514"),
    ];
    for (column, cell) in changed {
        cells.iter_mut().filter(|(name, _)| name == column).for_each(|pair| pair.1 = cell);
    }
    row(3, &cells)
}

fn opened(commands: &[Command]) -> &OpenOpportunityRequest {
    match &commands[0] {
        Command::OpenOpportunity(request) => request,
        other => panic!("{}", other.word()),
    }
}

#[test]
fn a_won_deal_of_maven_is_opened_when_it_was_engaged_and_won_when_it_was_closed() {
    let commands = planned(&preset("maven-crm"), 1, &deal("Won", &[])).unwrap();
    let open = opened(&commands);
    assert_eq!(open.opportunity_id, OpportunityId::derived("maven-crm", "Z063OYW0").to_string());
    assert_eq!(open.pipeline_id, PipelineId::derived("maven-crm", "sales").to_string());
    assert_eq!(open.contact_id, ContactId::derived("maven-crm", "Isdom").to_string());
    assert_eq!((open.stage.as_str(), open.title.as_str()), ("engaging", "GTX Pro"));
    assert_eq!((open.owner.as_str(), open.team.as_str()), ("darcel-schlecht", "Central"));
    let segments: BTreeMap<&str, &str> =
        open.segments.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(segments, [("manager", "dustin-brinkmann"), ("product", "GTX Pro"), ("series", "GTX")].into());
    assert_eq!(open.amount, None);
    let header = open.header.as_ref().unwrap();
    assert_eq!(rfc3339(header.occurred_at.as_ref()), "2016-10-25T00:00:00.000000Z");
    assert_eq!(header.source, "maven-crm");
    let [_, Command::WinOpportunity(win)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(win.opportunity_id, open.opportunity_id);
    assert_eq!(win.amount, Some(Money { minor_units: 451_400, currency: "USD".to_owned() }));
    assert_eq!(rfc3339(win.header.as_ref().unwrap().occurred_at.as_ref()), "2017-03-11T00:00:00.000000Z");
}

#[test]
fn a_lost_deal_is_opened_and_lost_and_an_open_one_is_opened_only() {
    let words = |row: &Row| -> Vec<&'static str> {
        planned(&preset("maven-crm"), 1, row).unwrap().iter().map(Command::word).collect()
    };
    assert_eq!(words(&deal("Lost", &[("close_value", "0")])), ["open_opportunity", "lose_opportunity"]);
    assert_eq!(words(&deal("Engaging", &[("close_date", ""), ("close_value", "")])), ["open_opportunity"]);
}

#[test]
fn a_deal_that_is_prospected_has_no_date_and_may_have_no_account() {
    let row =
        deal("Prospecting", &[("account", ""), ("engage_date", ""), ("close_date", ""), ("close_value", "")]);
    let commands = planned(&preset("maven-crm"), 1, &row).unwrap();
    let open = opened(&commands);
    assert_eq!((open.stage.as_str(), open.contact_id.as_str()), ("prospecting", ""));
    assert_eq!(open.header.as_ref().unwrap().occurred_at, None);
    assert_eq!(commands.len(), 1);
}

#[test]
fn every_bad_cell_of_a_row_is_reported_with_its_column_and_without_its_content() {
    let row =
        deal("Won", &[("sales_agent", "Nobody"), ("engage_date", "25.10.2016"), ("close_value", "4,514")]);
    let problems = planned(&preset("maven-crm"), 1, &row).unwrap_err();
    let listed: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        listed,
        [
            "data.csv:3: column sales_agent: expected a key that the lookup `agents` has (LOOKUP_KEY_UNKNOWN)",
            "data.csv:3: column sales_agent: expected a key that the lookup `agents` has (LOOKUP_KEY_UNKNOWN)",
            "data.csv:3: column engage_date: occurred_at: expected an RFC 3339 time, such as 2026-11-21T09:30:00Z, \
             or a day as YYYY-MM-DD (TIME_MALFORMED)",
            "data.csv:3: column close_value: amount: expected a decimal number with at most 2 digits after the point \
             (AMOUNT_MALFORMED)",
        ]
    );
}

#[test]
fn a_row_without_its_key_or_a_required_cell_is_refused() {
    let mapping = preset("maven-crm");
    let nameless = planned(&mapping, 1, &deal("Won", &[("opportunity_id", "")])).unwrap_err();
    assert_eq!(
        (nameless[0].column.as_deref(), nameless[0].reason.as_str()),
        (Some("opportunity_id"), "KEY_MISSING")
    );
    let product_missing = planned(&mapping, 1, &deal("Prospecting", &[("product", "")])).unwrap_err();
    assert_eq!(
        (product_missing[0].column.as_deref(), product_missing[0].reason.as_str()),
        (Some("product"), "VALUE_MISSING")
    );
}

fn act(act: &str, changed: &[(&str, &str)]) -> Row {
    let mut cells = vec![
        ("act", act),
        ("contact", "ann"),
        ("contact_id", ""),
        ("name", ""),
        ("email", ""),
        ("purpose", "newsletter"),
        ("channel", "email"),
        ("notice", "n"),
        ("notice_version", "1"),
        ("wording_sha256", ""),
        ("language", ""),
        ("at", "2026-01-02T03:04:05Z"),
        ("method", "api_import"),
        ("evidence", "list 7"),
        ("valid_until", ""),
        ("jurisdiction", "US-CA"),
        ("jurisdiction_basis", "billing"),
        ("kind", ""),
    ];
    for (column, cell) in changed {
        cells.iter_mut().filter(|(name, _)| name == column).for_each(|pair| pair.1 = cell);
    }
    row(2, &cells)
}

#[test]
fn an_act_of_consents_is_what_it_says() {
    let preset = preset("consents");
    let words =
        |row: &Row| -> Vec<&str> { planned(&preset, 1, row).unwrap().iter().map(Command::word).collect() };
    for (name, expected) in [
        ("request", "request_consent"),
        ("give", "give_consent"),
        ("refuse", "refuse_consent"),
        ("withdraw", "withdraw_consent"),
    ] {
        assert_eq!(words(&act(name, &[])), [expected]);
    }
    let everything = [("kind", "opt_out_signal"), ("purpose", ""), ("channel", ""), ("method", "gpc_signal")];
    let suppressed = planned(&preset, 1, &act("suppress", &everything)).unwrap();
    let [Command::RaiseSuppression(suppressed)] = suppressed.as_slice() else { panic!("{suppressed:?}") };
    assert_eq!((suppressed.purpose.as_str(), suppressed.channel), ("", 0));
    assert_eq!(suppressed.jurisdiction.as_ref().unwrap().code, "US-CA");
    let given = planned(&preset, 1, &act("give", &[])).unwrap();
    let [Command::GiveConsent(given)] = given.as_slice() else { panic!("{given:?}") };
    assert_eq!(given.contact_id, ContactId::derived("consents", "ann").to_string());
    assert_eq!(given.evidence.as_ref().unwrap().reference, "list 7");
    let registers = planned(&preset, 0, &act("give", &[("name", "Ann")])).unwrap();
    assert_eq!(registers.iter().map(Command::word).collect::<Vec<_>>(), ["register_contact"]);
}

#[test]
fn an_act_that_there_is_none_of_is_refused_with_its_column() {
    let problems = planned(&preset("consents"), 1, &act("forget", &[])).unwrap_err();
    let told: Vec<_> = problems.iter().map(|it| (it.reason.as_str(), it.column.as_deref())).collect();
    assert_eq!(told, [("ROW_WITHOUT_COMMAND", Some("act"))]);
    let problems = planned(&preset("consents"), 1, &act("give", &[("channel", "pigeon")])).unwrap_err();
    assert_eq!(
        (problems[0].reason.as_str(), problems[0].column.as_deref()),
        ("WORD_UNKNOWN", Some("channel"))
    );
}

#[test]
fn a_line_of_cdnow_is_an_order_of_its_customer() {
    let row = row(
        1,
        &[
            ("master_id", "00004"),
            ("sample_id", "0001"),
            ("date", "19970101"),
            ("cds", "2"),
            ("dollars", "29.33"),
        ],
    );
    let commands = planned(&preset("cdnow"), 1, &row).unwrap();
    let [Command::RecordInteraction(order)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(order.contact_id, ContactId::derived("cdnow", "00004").to_string());
    assert_eq!(order.interaction_id, InteractionId::derived("cdnow", "00004/1").to_string());
    assert_eq!(order.channel, i32::from(InteractionChannel::Order));
    assert_eq!(order.direction, i32::from(InteractionDirection::Inbound));
    assert_eq!(order.value, Some(Money { minor_units: 2_933, currency: "USD".to_owned() }));
    assert_eq!((order.source_system.as_str(), order.external_ref.as_str()), ("cdnow", "00004/1"));
    assert_eq!(rfc3339(order.header.as_ref().unwrap().occurred_at.as_ref()), "1997-01-01T00:00:00.000000Z");
    let customers = planned(&preset("cdnow"), 0, &row).unwrap();
    let [Command::RegisterContact(customer)] = customers.as_slice() else { panic!("{customers:?}") };
    assert_eq!(customer.contact_id, order.contact_id);
    assert_eq!(customer.kind, i32::from(ContactKind::Person));
    assert_eq!(customer.name, "CDNOW customer 00004");
}

const INCIDENT: [(&str, &str); 15] = [
    ("number", "INC0000047"),
    ("incident_state", "New"),
    ("caller_id", "?"),
    ("opened_at", "29/2/2016 04:40"),
    ("sys_updated_at", "29/2/2016 04:57"),
    ("contact_type", "Phone"),
    ("location", "Location 165"),
    ("category", "?"),
    ("subcategory", "Subcategory 215"),
    ("impact", "2 - Medium"),
    ("urgency", "2 - Medium"),
    ("priority", "3 - Moderate"),
    ("assignment_group", "Group 70"),
    ("resolved_at", "1/3/2016 09:52"),
    ("closed_code", "code 5"),
];

#[test]
fn an_update_of_servicenow_is_an_interaction_of_its_caller() {
    let commands = planned(&preset("servicenow"), 1, &row(2, &INCIDENT)).unwrap();
    let [Command::RecordInteraction(update)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(update.contact_id, ContactId::derived("servicenow", "unknown").to_string());
    assert_eq!(update.channel, i32::from(InteractionChannel::Call));
    assert_eq!(update.summary, "INC0000047 New, priority 3 - Moderate");
    assert_eq!((update.topic.as_str(), update.outcome.as_str()), ("incident_update", "New"));
    assert_eq!(update.external_ref, "INC0000047/2");
    assert_eq!(update.related, [RelatedTo { thing: Some(Thing::CaseRef("INC0000047".to_owned())) }]);
    assert_eq!(rfc3339(update.header.as_ref().unwrap().occurred_at.as_ref()), "2016-02-29T04:57:00.000000Z");
    assert_eq!(update.segments.get("assignment_group").map(String::as_str), Some("Group 70"));
    assert!(!update.segments.contains_key("category"), "`?` is missing");
    let written = format!("{update:?}");
    assert!(!written.contains("code 5") && !written.contains("09:52"), "what was not known yet is not used");
}

const ABROAD: &str = r#"source = "shop"

[[steps]]
name = "deals"
file = "deals.csv"

[[steps.commands]]
command = "win_opportunity"
key = "{no}"
[steps.commands.fields]
amount = "{value}"
currency = "USD"
fx = "EUR={rate}@{day}"
"#;

#[test]
fn a_deal_is_won_by_the_rate_of_its_row_if_there_is_one_and_a_faulty_rate_is_refused() {
    let mapping = Mapping::parse("shop.toml", ABROAD).unwrap();
    let won = |rate: &str| {
        let cells = [("no", "7"), ("value", "50.01"), ("rate", rate), ("day", "2026-11-20")];
        let commands = planned(&mapping, 0, &row(2, &cells))?;
        let [Command::WinOpportunity(win)] = commands.as_slice() else { panic!("{commands:?}") };
        Ok::<_, Vec<Problem>>(win.fx.clone())
    };
    let expected = FrozenRate {
        base_currency: "EUR".to_owned(),
        rate: "0.92135".to_owned(),
        rate_date: "2026-11-20".to_owned(),
    };
    assert_eq!(won("0.92135").unwrap(), Some(expected));
    assert_eq!(won("").unwrap(), None);
    assert_eq!(won("0,92").unwrap_err()[0].reason, "EXCHANGE_RATE_MALFORMED");
}

#[test]
fn a_request_id_follows_from_the_row_and_of_a_registration_from_its_content_too() {
    let id = |commands: Vec<Command>| commands[0].request_id().to_owned();
    let won = |changed: &[(&str, &str)]| id(planned(&preset("maven-crm"), 1, &deal("Won", changed)).unwrap());
    assert_eq!(won(&[]), won(&[("engage_date", "2016-10-26")]));
    assert_ne!(won(&[]), won(&[("opportunity_id", "OTHER")]));
    let registered = |opened_at: &str| {
        let mut cells = INCIDENT;
        cells[3].1 = opened_at;
        id(planned(&preset("servicenow"), 0, &row(2, &cells)).unwrap())
    };
    assert_eq!(registered("29/2/2016 04:40"), registered("29/2/2016 04:40"));
    assert_ne!(registered("29/2/2016 04:40"), registered("1/3/2016 04:40"));
}

#[test]
fn a_contact_that_many_rows_name_is_registered_once() {
    let mapping = preset("servicenow");
    let lookups = BTreeMap::new();
    let planner = Planner::new(&mapping, &mapping.steps[0], &lookups);
    let mut registered = Registered::default();
    let first = registered.once(planner.commands(&row(2, &INCIDENT)).unwrap());
    let second = registered.once(planner.commands(&row(3, &INCIDENT)).unwrap());
    assert_eq!((first.len(), second.len()), (1, 0));
}

#[test]
fn what_the_gateway_refuses_is_brought_back_to_the_column() {
    let mapping = preset("maven-crm");
    let place = Place { file: Arc::from("accounts.csv"), line: 9 };
    let columns = |path: &str| {
        let field =
            error::Field { path: path.to_owned(), description: "no".to_owned(), reason: "BAD".to_owned() };
        let refusal = Refusal {
            code: 3,
            reason: "REQUEST_INVALID".to_owned(),
            message: String::new(),
            fields: vec![field],
        };
        problems_of(&mapping.steps[0].rules[0], &place, &refusal)[0].column.clone()
    };
    assert_eq!(columns("name").as_deref(), Some("account"));
    assert_eq!(columns("segments[sector]").as_deref(), Some("sector"));
    assert_eq!(columns("segments.office_location.value").as_deref(), Some("office_location"));
    assert_eq!(columns("header.occurred_at"), None);
    let rule = Refusal {
        code: 6,
        reason: "CONTACT_ALREADY_REGISTERED".to_owned(),
        message: "taken".to_owned(),
        fields: vec![],
    };
    assert_eq!(
        problems_of(&mapping.steps[0].rules[0], &place, &rule)[0].to_string(),
        "accounts.csv:9: register_contact: taken (CONTACT_ALREADY_REGISTERED)"
    );
}

/// Where the public data sets are, beside the repository.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// Commands of a whole data set by their word, and rows that are refused.
fn planned_data_set(preset_name: &str, folder: &str) -> Option<(BTreeMap<&'static str, usize>, usize)> {
    let path = data(folder)?;
    let data_set = crate::import::DataSet::new(preset(preset_name), &[path]).unwrap();
    let (mut commands, mut refused) = (BTreeMap::new(), 0);
    for (step, files) in data_set.mapping.steps.iter().zip(&data_set.files) {
        let planner = Planner::new(&data_set.mapping, step, &data_set.lookups);
        let mut registered = Registered::default();
        for file in files {
            let bar = indicatif::ProgressBar::hidden();
            let mut rows = crate::import::source::Rows::open(file, &step.layout, &bar).unwrap();
            while let Some(row) = rows.next_row().unwrap() {
                match row.map_err(|_| ()).and_then(|row| planner.commands(&row).map_err(|_| ())) {
                    Ok(planned) => {
                        for item in registered.once(planned) {
                            *commands.entry(item.command.word()).or_default() += 1;
                        }
                    }
                    Err(()) => refused += 1,
                }
            }
        }
    }
    Some((commands, refused))
}

#[test]
fn all_of_maven_becomes_commands() {
    let Some(found) = planned_data_set("maven-crm", "maven_crm") else { return };
    let expected = BTreeMap::from([
        ("register_contact", 85),
        ("open_opportunity", 8_800),
        ("win_opportunity", 4_238),
        ("lose_opportunity", 2_473),
    ]);
    assert_eq!(found, (expected, 0));
}

#[test]
fn all_of_cdnow_becomes_commands() {
    let Some(found) = planned_data_set("cdnow", "cdnow_sample") else { return };
    assert_eq!(found, (BTreeMap::from([("register_contact", 2_357), ("record_interaction", 6_919)]), 0));
}

#[test]
fn all_of_servicenow_becomes_commands() {
    let Some(found) = planned_data_set("servicenow", "servicenow_incidents_half_a") else { return };
    assert_eq!(found, (BTreeMap::from([("register_contact", 3_780), ("record_interaction", 59_831)]), 0));
}
