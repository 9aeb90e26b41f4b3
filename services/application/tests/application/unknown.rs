//! What is not there is refused, and leaves nothing behind.

use rapport_application::{Failure, OpportunityRequest, VaultError};
use rapport_domain::opportunity::{ContactRole, Role};
use rapport_domain::pipeline::{DealField, RequiredFields};
use rapport_domain::{contact, opportunity, pipeline, subscription};

use crate::house::House;
use crate::sample::{
    ann, assign, call, contract, correct_name, deal, eur, give_consent, key, label, move_to, name, open_deal,
    publish, record, redact, registered, request_consent, sales, start_contract,
};

fn not_registered<T: std::fmt::Debug>(answer: Result<T, Failure>) {
    assert!(matches!(answer, Err(Failure::Contact(contact::Rejection::NotRegistered))), "{answer:?}");
}

#[tokio::test]
async fn nothing_is_kept_of_a_contact_that_is_not_registered() {
    for house in House::on_each_store() {
        let app = &house.application;
        not_registered(app.contact(ann(), correct_name("Ann Li"), call("r1")).await);
        not_registered(app.contact(ann(), assign("user_1"), call("r2")).await);
        for answer in
            app.interactions(ann(), vec![(record("a", "said"), call("r3")), (redact("a"), call("r4"))]).await
        {
            not_registered(answer);
        }
        not_registered(app.consent(ann(), request_consent(), call("r5")).await);
        not_registered(app.consent(ann(), give_consent(None), call("r6")).await);
        not_registered(app.subscription(contract(), start_contract(ann()), call("r7")).await);
        app.pipeline(sales(), publish(&["talk"]), call("r8")).await.unwrap();
        not_registered(app.opportunity(deal(), open_deal(Some(ann())), call("r9")).await);
        assert_eq!(house.head().await.0, 1);
    }
}

#[tokio::test]
async fn no_keys_are_made_for_a_contact_that_is_not_registered() {
    let house = House::in_memory();
    let app = &house.application;
    not_registered(app.contact(ann(), correct_name("Ann Li"), call("r1")).await);
    not_registered(app.interactions(ann(), vec![(record("a", "said"), call("r2"))]).await.remove(0));
    not_registered(app.consent(ann(), give_consent(None), call("r3")).await);
    let sealed = house.vault.seal(&ann(), vec![&mut name("Ann Lee")]);
    assert_eq!(sealed, Err(VaultError::KeyMissing { subject: ann() }));
}

#[tokio::test]
async fn a_pipeline_that_is_not_published_is_refused() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let opened = house.application.opportunity(deal(), open_deal(Some(ann())), call("r1")).await;
    assert!(matches!(opened, Err(Failure::PipelineUnknown)), "{opened:?}");
    assert_eq!(house.head().await.0, 1);
}

#[tokio::test]
async fn a_stage_that_the_pipeline_has_not_is_refused_with_those_it_has() {
    let house = House::in_memory();
    house.application.pipeline(sales(), publish(&["talk", "offer"]), call("r1")).await.unwrap();
    house.application.opportunity(deal(), open_deal(None), call("r2")).await.unwrap();
    let moved = house.application.opportunity(deal(), move_to("demo"), call("r3")).await;
    let Err(Failure::Opportunity(rejection)) = moved else { panic!("{moved:?}") };
    assert_eq!(
        rejection,
        opportunity::Rejection::StageUnknown {
            pipeline: "Sales".to_owned(),
            stage: key("demo"),
            known: "talk, offer, won, lost".to_owned(),
        }
    );
    assert_eq!(house.head().await.0, 2);
}

#[tokio::test]
async fn a_deal_that_was_not_opened_is_refused() {
    let house = House::in_memory();
    let amount = OpportunityRequest::ReviseAmount { amount: eur(1), fx: None };
    for (request, call) in [(move_to("talk"), call("r1")), (amount, call("r2"))] {
        let answer = house.application.opportunity(deal(), request, call).await;
        assert!(matches!(answer, Err(Failure::Opportunity(opportunity::Rejection::NotOpened))), "{answer:?}");
    }
    assert_eq!(house.head().await.0, 0);
}

#[tokio::test]
async fn nobody_takes_part_in_a_deal_who_is_not_registered() {
    let house = House::in_memory();
    let app = &house.application;
    app.pipeline(sales(), publish(&["talk"]), call("r1")).await.unwrap();
    app.opportunity(deal(), open_deal(None), call("r2")).await.unwrap();
    let contact_role = ContactRole { contact_id: ann(), role: Role::Champion };
    let add = || OpportunityRequest::AddContactRole { contact_role };
    not_registered(app.opportunity(deal(), add(), call("r3")).await);
    registered(app, ann()).await;
    app.opportunity(deal(), add(), call("r4")).await.unwrap();
    assert_eq!(house.head().await.0, 4);
}

#[tokio::test]
async fn what_the_pipeline_in_force_asks_for_is_said_before_a_deal_moves() {
    let house = House::in_memory();
    let app = &house.application;
    app.pipeline(sales(), publish(&["talk", "offer"]), call("r1")).await.unwrap();
    app.opportunity(deal(), open_deal(None), call("r2")).await.unwrap();
    let pipeline::Command::Publish { name, mut stages } = publish(&["talk", "offer"]);
    stages[1].required = RequiredFields::new([DealField::NextStep]).unwrap();
    app.pipeline(sales(), pipeline::Command::Publish { name, stages }, call("r3")).await.unwrap();
    let moved = app.opportunity(deal(), move_to("offer"), call("r4")).await;
    let Err(Failure::Opportunity(rejection)) = moved else { panic!("{moved:?}") };
    let missing = vec![DealField::NextStep];
    assert_eq!(rejection, opportunity::Rejection::FieldRequired { stage: key("offer"), missing });
    let next = OpportunityRequest::SetNextStep { what: label("Call"), due_on: None };
    app.opportunity(deal(), next, call("r5")).await.unwrap();
    app.opportunity(deal(), move_to("offer"), call("r6")).await.unwrap();
    assert_eq!(house.head().await.0, 5);
}

#[tokio::test]
async fn a_contract_that_was_not_started_is_refused() {
    let house = House::in_memory();
    let answer = house.application.subscription(contract(), subscription::Command::Pause, call("r1")).await;
    assert!(matches!(answer, Err(Failure::Subscription(subscription::Rejection::NotStarted))), "{answer:?}");
    assert_eq!(house.head().await.0, 0);
}
