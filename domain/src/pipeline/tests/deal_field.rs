//! Fields of a deal, as words.

use super::*;
use crate::opportunity::Role;

#[test]
fn every_field_is_read_as_it_is_written() {
    let fields = [
        ("amount", DealField::Amount),
        ("expected_close_on", DealField::ExpectedCloseOn),
        ("owner", DealField::Owner),
        ("team", DealField::Team),
        ("contact", DealField::Contact),
        ("next_step", DealField::NextStep),
        ("segment:region", DealField::Segment(key("region"))),
        ("contact_role:decision_maker", DealField::ContactRole(Role::DecisionMaker)),
    ];
    for (word, field) in fields {
        assert_eq!(field.to_string(), word);
        assert_eq!(DealField::parse(word), Ok(field));
    }
}

#[test]
fn a_role_is_written_as_it_is_stored() {
    for role in Role::ALL {
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
    }
}

#[test]
fn what_is_no_field_is_refused() {
    for word in ["", "price", "segment", "segment:", "segment:Not a key", "contact_role:king", "region:north"]
    {
        assert!(DealField::parse(word).is_err(), "{word}");
    }
    assert_eq!(DealField::parse("price").unwrap_err().reason, "DEAL_FIELD_UNKNOWN");
}

#[test]
fn a_stage_that_asks_for_fields_is_another_definition() {
    let mut asking = stages();
    asking[0].required = RequiredFields::new([DealField::Amount]).unwrap();
    given::<Pipeline>([published(1, "Sales", stages())])
        .when(publish("Sales", asking.clone()))
        .then([published(2, "Sales", asking)]);
}

#[test]
fn a_definition_that_is_older_asks_for_nothing() {
    let older = r#"{"key":"new","name":"New","type":"open","probability":10,"forecast_category":"pipeline"}"#;
    let stage: Stage = serde_json::from_str(older).unwrap();
    assert!(stage.required.is_empty());
    assert!(serde_json::to_value(&stage).unwrap().get("required").is_none());
}

/// So many fields.
fn segments(count: usize) -> Vec<DealField> {
    (0..count).map(|n| DealField::Segment(key(&format!("field_{n}")))).collect()
}

#[test]
fn a_stage_asks_for_as_many_fields_as_the_limit_whoever_says_so() {
    let most = RequiredFields::new(segments(REQUIRED_FIELDS_MAX)).unwrap();
    assert_eq!(most.iter().count(), REQUIRED_FIELDS_MAX);
    let twice = [segments(REQUIRED_FIELDS_MAX), segments(1)].concat();
    assert_eq!(RequiredFields::new(twice), Ok(most), "each counts once");
    let more = segments(REQUIRED_FIELDS_MAX + 1);
    assert_eq!(RequiredFields::new(more.clone()).unwrap_err().reason, "TOO_MANY");
    let stored = serde_json::to_value(&more).unwrap();
    assert!(serde_json::from_value::<RequiredFields>(stored).is_err());
}
