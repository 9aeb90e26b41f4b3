//! Given the fields that a company keeps of leads, when something is known of one, then it is as the version in force has it.

use super::*;
use crate::field_set::{Definition, Field, FieldType};

fn field(name: &str, field_type: FieldType, required: bool) -> Field {
    Field { key: key(name), label: label(name), field_type, required, options: Vec::new() }
}

/// Version 3: how many people work there has to be known.
fn set() -> Option<Box<Definition>> {
    let options = vec![label("Printing"), label("Trade")];
    let fields = vec![
        field("employees", FieldType::Number, true),
        field("budget", FieldType::Decimal, false),
        Field { options, ..field("industry", FieldType::Choice, false) },
    ];
    Some(Box::new(Definition { version: 3, fields }))
}

fn text(name: &str, value: &str) -> Fields {
    [(key(name), FieldValue::Text(label(value)))].into()
}

fn with_employees(mut fields: Fields) -> Fields {
    fields.extend(employees(120));
    fields
}

fn judged(fields: Fields) -> Command {
    let capture = Box::new(form("F-1", fields));
    Command::Capture { contact_id: contact_id(), capture, field_set: set() }
}

fn enrich(fields: Fields, cleared: &[&str]) -> Command {
    let cleared = cleared.iter().map(|name| key(name)).collect();
    Command::Enrich { fields, cleared, field_set: set() }
}

fn judged_by_three(fields: Fields) -> Capture {
    Capture { field_set_version: Some(3), ..form("F-1", fields) }
}

fn known_by_three() -> Event {
    Captured { contact_id: contact_id(), capture: judged_by_three(employees(120)) }.into()
}

#[test]
fn what_fits_is_taken_with_the_version_that_judged_it() {
    let fields = with_employees(text("industry", "Printing"));
    let captured = Captured { contact_id: contact_id(), capture: judged_by_three(fields.clone()) };
    given::<Lead>([]).when(judged(fields)).then([captured.into()]);
    let fields = text("budget", "-12.50");
    let enriched = Enriched { fields: fields.clone(), cleared: [].into(), field_set_version: Some(3) };
    given::<Lead>([known_by_three()]).when(enrich(fields, &[])).then([enriched.into()]);
}

#[test]
fn what_does_not_fit_is_refused_and_the_field_named() {
    let unknown = || Misfit::Unknown { key: key("regin"), version: 3 };
    let option = || Misfit::OptionUnknown { key: key("industry") };
    let decimal = || Misfit::OfAnotherType { key: key("budget"), field_type: FieldType::Decimal };
    let number = || Misfit::OfAnotherType { key: key("employees"), field_type: FieldType::Number };
    for (fields, misfit) in [
        (with_employees(text("regin", "west")), unknown()),
        (with_employees(text("industry", "Farming")), option()),
        (with_employees(text("budget", "12,50")), decimal()),
        (with_employees(text("budget", "1.")), decimal()),
        (text("employees", "many"), number()),
        (text("industry", "Trade"), Misfit::Missing { key: key("employees") }),
    ] {
        given::<Lead>([]).when(judged(fields)).then_rejected(misfit.into());
    }
    for (fields, misfit) in [
        (text("regin", "west"), unknown()),
        (text("industry", "Farming"), option()),
        (text("budget", "x"), decimal()),
    ] {
        given::<Lead>([captured()]).when(enrich(fields, &[])).then_rejected(misfit.into());
    }
}

#[test]
fn what_a_lead_has_to_have_is_not_cleared_but_may_be_set_anew() {
    given::<Lead>([known_by_three()])
        .when(enrich(Fields::new(), &["employees"]))
        .then_rejected(Misfit::Missing { key: key("employees") }.into());
    let enriched = Enriched { fields: employees(7), cleared: [].into(), field_set_version: Some(3) };
    given::<Lead>([known_by_three()]).when(enrich(employees(7), &["employees"])).then([enriched.into()]);
}

#[test]
fn an_older_lead_may_miss_a_field_until_it_comes_in_again() {
    let fields = text("industry", "Trade");
    let enriched = Enriched { fields: fields.clone(), cleared: [].into(), field_set_version: Some(3) };
    given::<Lead>([captured()]).when(enrich(fields.clone(), &[])).then([enriched.into()]);
    let again = |fields| {
        let capture = Box::new(form("F-2", fields));
        Command::Capture { contact_id: contact_id(), capture, field_set: set() }
    };
    given::<Lead>([captured()])
        .when(again(fields))
        .then_rejected(Misfit::Missing { key: key("employees") }.into());
    let capture = Capture { field_set_version: Some(3), ..form("F-2", Fields::new()) };
    let known = Captured { contact_id: contact_id(), capture: form("F-1", employees(120)) };
    given::<Lead>([known.into()]).when(again(Fields::new())).then([CapturedAgain { capture }.into()]);
}

#[test]
fn what_came_in_already_is_not_judged_again() {
    given::<Lead>([captured()]).when(judged(Fields::new())).then_nothing();
}
