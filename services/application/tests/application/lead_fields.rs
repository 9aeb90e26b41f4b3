//! Given the fields that the company keeps of leads, when somebody comes in, then their fields are as the version in force has them.

use rapport_application::{Failure, LeadCapture, ScoringDraft, Taken};
use rapport_domain::criterion::Criterion;
use rapport_domain::field_set::{self, Field, FieldType, Misfit};
use rapport_domain::id::{RoutingPolicyId, ScoringModelId};
use rapport_domain::lead::{Command, FieldValue, Fields, Rejection, Source};
use rapport_domain::routing_policy::{self, Strategy};
use rapport_domain::scoring_model::{self, FitRule};

use crate::house::House;
use crate::lead_rules::{candidates, model, policy};
use crate::sample::{ann, bob, call, key, label, registration};

fn employees(required: bool) -> Field {
    let field_type = FieldType::Number;
    Field { key: key("employees"), label: label("Employees"), field_type, required, options: Vec::new() }
}

async fn published(house: &House, field: Field, request: &str) {
    let command = field_set::Command::Publish { fields: vec![field] };
    house.application.lead_fields(command, call(request)).await.unwrap();
}

fn with(fields: Fields) -> LeadCapture {
    LeadCapture {
        contact_id: ann(),
        register: Some(registration("Ann Lee")),
        source: Source::WebForm,
        campaign: None,
        external: None,
        channel: None,
        text: None,
        fields,
    }
}

fn known(number: i64) -> Fields {
    [(key("employees"), FieldValue::Number(number))].into()
}

/// A model that looks at a number of a name.
fn large(name: &str) -> scoring_model::Command {
    let scoring_model::Command::Publish(mut definition) = model();
    let criteria = vec![Criterion::Number { key: key(name), at_least: Some(50), at_most: None }];
    definition.fit_rules = vec![FitRule { key: key("large"), criteria, points: 10 }];
    scoring_model::Command::Publish(definition)
}

/// A policy that looks at a field of a name.
fn of_seven(name: &str) -> routing_policy::Command {
    let routing_policy::Command::Publish(mut definition) = policy(Strategy::InOrder, candidates(["ann"]));
    let one_of = [label("7")].into();
    definition.rules[0].criteria = vec![Criterion::Field { key: key(name), one_of }];
    routing_policy::Command::Publish(definition)
}

fn misfit<T: std::fmt::Debug>(answer: Result<T, Failure>, expected: Misfit) {
    let Err(Failure::Lead(rejection)) = answer else { panic!("{answer:?}") };
    assert_eq!(rejection, Rejection::Field(expected));
}

fn missing() -> Misfit {
    Misfit::Missing { key: key("employees") }
}

#[tokio::test]
async fn until_a_version_is_published_a_lead_takes_any_field() {
    let house = House::in_memory();
    house.application.capture_lead(with(known(7)), call("capture")).await.unwrap();
    let log = house.log().await;
    assert!(log.iter().all(|recorded| !recorded.data.contains("field_set_version")));
}

#[tokio::test]
async fn whoever_comes_in_without_a_field_that_a_lead_has_to_have_is_not_registered() {
    let house = House::in_memory();
    published(&house, employees(true), "fields").await;
    misfit(house.application.capture_lead(with(Fields::new()), call("first")).await, missing());
    assert_eq!(house.head().await.0, 1);
    let taken = house.application.capture_lead(with(known(7)), call("second")).await.unwrap();
    let log = house.log().await;
    let captured = log.iter().find(|recorded| recorded.event_type == "lead.captured.v1").unwrap();
    assert!(captured.data.contains(r#""field_set_version":1"#), "{}", captured.data);
    let enrich = |fields, request: &str| {
        let command = Command::Enrich { fields, cleared: [].into(), field_set: None };
        house.application.lead(taken.lead_id, command, call(request))
    };
    let text: Fields = [(key("employees"), FieldValue::Text(label("many")))].into();
    let other = Misfit::OfAnotherType { key: key("employees"), field_type: FieldType::Number };
    misfit(enrich(text, "third").await, other);
    let unknown: Fields = [(key("region"), FieldValue::Text(label("west")))].into();
    misfit(enrich(unknown, "fourth").await, Misfit::Unknown { key: key("region"), version: 1 });
    enrich(known(8), "fifth").await.unwrap();
}

#[tokio::test]
async fn what_was_taken_in_once_is_not_judged_by_a_later_version() {
    let house = House::in_memory();
    published(&house, employees(false), "fields").await;
    let Taken { lead_id, .. } = house.application.capture_lead(with(Fields::new()), call("a")).await.unwrap();
    published(&house, employees(true), "stricter").await;
    let again = house.application.capture_lead(with(Fields::new()), call("a")).await.unwrap();
    assert_eq!(again.lead_id, lead_id);
    let other = LeadCapture { contact_id: bob(), ..with(Fields::new()) };
    misfit(house.application.capture_lead(other, call("b")).await, missing());
}

#[tokio::test]
async fn rules_that_look_at_a_field_that_leads_do_not_have_are_not_published() {
    let house = House::in_memory();
    let scoring = |name: &str, request: &str| {
        let id = ScoringModelId::derived("tests", "standard");
        house.application.scoring_model(id, large(name), call(request))
    };
    let routing = |name: &str, request: &str| {
        let id = RoutingPolicyId::derived("tests", "standard");
        house.application.routing_policy(id, of_seven(name), call(request))
    };
    let model = scoring("employes", "before").await.unwrap();
    let policy = routing("employes", "policy-before").await.unwrap();
    published(&house, employees(false), "fields").await;
    // What was published is answered as it was then.
    assert_eq!(scoring("employes", "before").await.unwrap(), model);
    assert_eq!(routing("employes", "policy-before").await.unwrap(), policy);
    let unknown = || Misfit::Unknown { key: key("employes"), version: 1 };
    misfit(scoring("employes", "typo").await, unknown());
    scoring("employees", "right").await.unwrap();
    let (now, position) = (house.application.now(), house.head().await);
    let draft = ScoringDraft { model: large("employes"), from: now, to: now, position };
    misfit(house.application.what_if_scoring(&draft).await.map(drop), unknown());
    misfit(routing("employes", "policy").await, unknown());
}
