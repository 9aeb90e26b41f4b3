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
    asking[0].required = [DealField::Amount].into();
    given::<Pipeline>([published(1, "Sales", stages())])
        .when(publish("Sales", asking.clone()))
        .then([published(2, "Sales", asking)]);
}

#[test]
fn a_definition_that_is_older_asks_for_nothing() {
    let older = r#"{"key":"new","name":"New","type":"open","probability":10,"forecast_category":"pipeline"}"#;
    let stage: Stage = serde_json::from_str(older).unwrap();
    assert_eq!(stage.required, BTreeSet::new());
    assert!(serde_json::to_value(&stage).unwrap().get("required").is_none());
}
