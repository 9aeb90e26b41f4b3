//! What a set of fields accepts and refuses, and what fits it.

mod law;

use super::*;
use crate::aggregate::Reason;
use crate::criterion::Criterion;
use crate::lead::FieldKind;
use crate::testing::{given, key, label};

fn field(name: &str, field_type: FieldType) -> Field {
    Field { key: key(name), label: label(name), field_type, required: false, options: Vec::new() }
}

fn industry<const N: usize>(options: [&str; N]) -> Field {
    Field { options: options.map(label).into(), ..field("industry", FieldType::Choice) }
}

fn employees() -> Field {
    Field { required: true, ..field("employees", FieldType::Number) }
}

fn publish(fields: Vec<Field>) -> Command {
    Command::Publish { fields }
}

fn published(version: u32, fields: Vec<Field>) -> Event {
    Published { definition: Definition { version, fields } }.into()
}

/// Each set that is refused, with the reason.
fn faulty() -> Vec<(Vec<Field>, Rejection)> {
    let many = (0..=FIELDS_DEFINED_MAX).map(|number| field(&format!("field_{number}"), FieldType::Text));
    let options = || Rejection::OptionsOutOfRange { key: key("industry") };
    let too_many: Vec<_> = (0..=OPTIONS_MAX).map(|number| label(&number.to_string())).collect();
    vec![
        (Vec::new(), Rejection::FieldsOutOfRange),
        (many.collect(), Rejection::FieldsOutOfRange),
        (vec![employees(), employees()], Rejection::FieldRepeated { key: key("employees") }),
        (vec![industry([])], options()),
        (vec![industry(["Trade", "Trade"])], options()),
        (vec![Field { options: too_many, ..industry([]) }], options()),
        (vec![Field { field_type: FieldType::Text, ..industry(["Trade"]) }], options()),
    ]
}

#[test]
fn it_is_published_in_one_version_after_another() {
    let first = || vec![employees(), industry(["Trade"])];
    let second = || vec![industry(["Printing", "Trade"])];
    given::<FieldSet>([]).when(publish(first())).then([published(1, first())]);
    given::<FieldSet>([published(1, first())]).when(publish(second())).then([published(2, second())]);
}

#[test]
fn published_again_as_it_is_changes_nothing() {
    given::<FieldSet>([published(4, vec![employees()])]).when(publish(vec![employees()])).then_nothing();
}

#[test]
fn faulty_ones_are_refused_before_and_after_the_first_version() {
    for (fields, rejection) in faulty() {
        given::<FieldSet>([]).when(publish(fields.clone())).then_rejected(rejection.clone());
        given::<FieldSet>([published(1, vec![employees()])]).when(publish(fields)).then_rejected(rejection);
    }
}

#[test]
fn the_values_of_a_field_stay_what_they_were_also_after_it_was_left_out() {
    let history = || [published(1, vec![employees()]), published(2, vec![industry(["Trade"])])];
    let kind = FieldKind::Number;
    given::<FieldSet>(history())
        .when(publish(vec![field("employees", FieldType::Text)]))
        .then_rejected(Rejection::FieldOfAnotherType { key: key("employees"), kind });
    given::<FieldSet>(history()).when(publish(vec![employees()])).then([published(3, vec![employees()])]);
}

#[test]
fn a_choice_may_become_a_text() {
    let text = || vec![field("industry", FieldType::Text)];
    given::<FieldSet>([published(1, vec![industry(["Trade"])])])
        .when(publish(text()))
        .then([published(2, text())]);
}

#[test]
fn a_rule_looks_at_fields_that_there_are_and_at_values_that_they_can_have() {
    let set = Definition { version: 2, fields: vec![employees(), industry(["Trade"])] };
    let is_one = |name: &str, value: &str| Criterion::Field { key: key(name), one_of: [label(value)].into() };
    let at_least = |name: &str| Criterion::Number { key: key(name), at_least: Some(50), at_most: None };
    assert_eq!(set.check_criterion(&is_one("industry", "Trade")), Ok(()));
    assert_eq!(set.check_criterion(&is_one("employees", "50")), Ok(()));
    assert_eq!(set.check_criterion(&at_least("employees")), Ok(()));
    let segment = Criterion::Segment { key: key("country"), one_of: [label("DE")].into() };
    assert_eq!(set.check_criterion(&segment), Ok(()));
    let unknown = Misfit::Unknown { key: key("branch"), version: 2 };
    assert_eq!(set.check_criterion(&is_one("branch", "Trade")), Err(unknown));
    let option = Misfit::OptionUnknown { key: key("industry") };
    assert_eq!(set.check_criterion(&is_one("industry", "Farming")), Err(option));
    let other = Misfit::OfAnotherType { key: key("industry"), field_type: FieldType::Choice };
    assert_eq!(set.check_criterion(&at_least("industry")), Err(other));
}

#[test]
fn each_rejection_has_its_reason() {
    let mut reasons: Vec<&str> = faulty().into_iter().map(|(_, rejection)| rejection.reason()).collect();
    reasons.dedup();
    assert_eq!(
        reasons,
        ["FIELD_SET_FIELDS_OUT_OF_RANGE", "FIELD_SET_FIELD_REPEATED", "FIELD_SET_OPTIONS_OUT_OF_RANGE"]
    );
    let key = key("employees");
    let other = Rejection::FieldOfAnotherType { key: key.clone(), kind: FieldKind::Number };
    assert_eq!(other.reason(), "FIELD_SET_FIELD_OF_ANOTHER_TYPE");
    for (misfit, reason) in [
        (Misfit::Unknown { key: key.clone(), version: 1 }, "LEAD_FIELD_UNKNOWN"),
        (
            Misfit::OfAnotherType { key: key.clone(), field_type: FieldType::Number },
            "LEAD_FIELD_TYPE_DIFFERS",
        ),
        (Misfit::OptionUnknown { key: key.clone() }, "LEAD_FIELD_OPTION_UNKNOWN"),
        (Misfit::Missing { key }, "LEAD_FIELD_MISSING"),
    ] {
        assert_eq!(misfit.reason(), reason);
    }
}
