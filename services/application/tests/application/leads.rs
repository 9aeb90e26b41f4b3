//! Leads: whom they are about, and what becomes of them, wherever an attempt ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use rapport_application::{
    Account, AppendError, Application, Conversion, Converted, Deal, Exchange, Failure, LeadCapture, Taken,
};
use rapport_domain::contact::{LifecycleStage, State};
use rapport_domain::id::{ContactId, InteractionId, LeadId, OpportunityId};
use rapport_domain::interaction::{Channel, Source as External};
use rapport_domain::lead::{self, Command, Fields, Rejection, Source};
use rapport_domain::opportunity::{NextStepSet, Role};
use rapport_domain::pipeline::{self, DealField, RequiredFields};
use rapport_domain::subject_request::Right;
use rapport_domain::value::{ExternalRef, FreeText, Name, Segments};

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::requests::{approve, receive, request};
use crate::sample::{ann, bob, call, call_with, eur, key, label, publish, reference, registration, sales};

fn external(name: &str) -> Option<External> {
    Some(External { system: reference("forms"), external_ref: ExternalRef::parse(name).unwrap() })
}

/// That Ann, whom nobody knew, sent a form.
fn form(external: Option<External>) -> LeadCapture {
    LeadCapture {
        contact_id: ann(),
        register: Some(registration("Ann Lee")),
        source: Source::WebForm,
        campaign: Some(label("Autumn fair")),
        external,
        channel: None,
        text: Some(FreeText::parse("Please call me").unwrap()),
        fields: Fields::new(),
    }
}

async fn captured(application: &Application, request: &str) -> Taken {
    application.capture_lead(form(None), call(request)).await.unwrap()
}

/// A lead that is worth a deal.
async fn qualified(application: &Application) -> LeadId {
    application.pipeline(sales(), publish(&["new"]), call("publish")).await.unwrap();
    let Taken { lead_id, .. } = captured(application, "capture").await;
    application.lead(lead_id, Command::Qualify { reason: None }, call("qualify")).await.unwrap();
    lead_id
}

fn conversion() -> Conversion {
    let deal = Deal {
        pipeline_id: sales(),
        stage: None,
        title: label("Hundred seats"),
        amount: Some(eur(500_000)),
        expected_close_on: None,
        owner: Some(reference("user_ann")),
        team: None,
        next_step: None,
        contact_role: None,
        segments: Segments::new(),
    };
    Conversion { account: Some(Account::New(Name::parse("Lee Ltd").unwrap())), deal: Some(deal) }
}

/// The same conversion, asked by a request.
async fn convert(application: &Application, id: LeadId, request: &str) -> Result<Converted, Failure> {
    application.convert_lead(id, conversion(), call_with(request, "convert")).await
}

/// How many streams of a category have been begun.
async fn begun(house: &House, event_type: &str) -> usize {
    let log = house.log().await;
    log.iter().filter(|recorded| recorded.event_type == event_type).count()
}

#[tokio::test]
async fn somebody_who_sends_a_form_is_a_contact_with_a_lead_and_what_they_wrote() {
    for house in House::on_each_store() {
        let taken = captured(&house.application, "capture").await;
        assert_eq!(taken.lead_id, lead::id_of(ann(), 0));
        let types: Vec<String> = house.log().await.into_iter().map(|recorded| recorded.event_type).collect();
        assert_eq!(types, ["contact.registered.v1", "lead.captured.v1", "interaction.recorded.v1"]);
    }
}

#[tokio::test]
async fn a_capture_that_is_sent_again_changes_nothing() {
    let house = House::in_memory();
    let first = captured(&house.application, "capture").await;
    assert_eq!(captured(&house.application, "capture").await, first);
    assert_eq!(house.log().await.len(), 3);
}

#[tokio::test]
async fn who_comes_in_again_has_one_open_lead_and_another_one_once_that_is_over() {
    let house = House::in_memory();
    let first = captured(&house.application, "first").await;
    let again = captured(&house.application, "second").await;
    assert_eq!(again.lead_id, first.lead_id);
    let disqualify = Command::Disqualify { reason: label("a student") };
    house.application.lead(first.lead_id, disqualify, call("disqualify")).await.unwrap();
    let later = captured(&house.application, "third").await;
    assert_eq!(later.lead_id, lead::id_of(ann(), 1));
    assert_eq!(captured(&house.application, "second").await, again, "the first answer stands");
    assert_eq!(begun(&house, "contact.registered.v1").await, 1);
}

#[tokio::test]
async fn the_open_lead_of_somebody_erased_is_over_and_the_earlier_ones_stay_as_they_are() {
    for house in House::on_each_store() {
        let app = &house.application;
        let first = captured(app, "first").await.lead_id;
        app.lead(first, Command::Disqualify { reason: label("a student") }, call("no")).await.unwrap();
        let second = captured(app, "second").await.lead_id;
        assert_ne!(first, second);
        app.subject_request(request("r"), receive(ann(), Right::Erasure), call("r1")).await.unwrap();
        approve(app, request("r"), "r2").await.unwrap();
        app.erase(request("r"), &call("r3")).await.unwrap();
        let told = house.log().await;
        let over = |id: LeadId| {
            let of_it = told.iter().filter(move |recorded| recorded.stream.id() == id.to_string());
            of_it.filter(|recorded| recorded.event_type == "lead.disqualified.v1").collect::<Vec<_>>()
        };
        assert_eq!((over(first).len(), over(second).len()), (1, 1));
        assert!(over(second)[0].data.contains("contact erased"), "{}", over(second)[0].data);
        app.erase(request("r"), &call("r4")).await.unwrap();
        assert_eq!(house.log().await.len(), told.len(), "nothing more comes of the next attempt");
    }
}

#[tokio::test]
async fn a_conversion_whose_deal_cannot_be_opened_makes_no_account() {
    let house = House::in_memory();
    let id = qualified(&house.application).await;
    let deal = conversion().deal.unwrap();
    let below = Conversion { deal: Some(Deal { amount: Some(eur(-1)), ..deal }), ..conversion() };
    let refused = house.application.convert_lead(id, below, call("convert")).await;
    assert!(matches!(refused, Err(Failure::Opportunity(_))), "{refused:?}");
    assert_eq!(begun(&house, "contact.registered.v1").await, 1, "the person alone");
    assert!(convert(&house.application, id, "again").await.is_ok());
}

#[tokio::test]
async fn a_conversion_says_what_the_stage_of_its_deal_asks_for() {
    let house = House::in_memory();
    let app = &house.application;
    let id = qualified(app).await;
    let pipeline::Command::Publish { name, mut stages } = publish(&["new"]);
    let asked =
        [DealField::NextStep, DealField::ContactRole(Role::Champion), DealField::Segment(key("region"))];
    stages[0].required = RequiredFields::new(asked).unwrap();
    app.pipeline(sales(), pipeline::Command::Publish { name, stages }, call("strict")).await.unwrap();
    let refused = convert(app, id, "bare").await;
    assert!(matches!(refused, Err(Failure::Opportunity(_))), "{refused:?}");
    let deal = Deal {
        next_step: Some(NextStepSet { what: label("Call"), due_on: None }),
        contact_role: Some(Role::Champion),
        segments: [(key("region"), label("West"))].into(),
        ..conversion().deal.unwrap()
    };
    app.convert_lead(id, Conversion { deal: Some(deal), ..conversion() }, call("full")).await.unwrap();
    assert_eq!(begun(&house, "opportunity.opened.v1").await, 1);
}

#[tokio::test]
async fn what_another_system_tells_twice_is_one_capture() {
    let house = House::in_memory();
    let told = |request| house.application.capture_lead(form(external("F-1")), call(request));
    let first = told("first").await.unwrap();
    let log = house.log().await.len();
    assert_eq!(told("second").await.unwrap().lead_id, first.lead_id);
    assert_eq!(house.log().await.len(), log, "nothing is added");
}

#[tokio::test]
async fn captures_at_once_through_two_servers_end_in_one_lead() {
    let house = House::in_memory();
    let other = house.replica();
    let (first, second) = futures::join!(
        house.application.capture_lead(form(external("F-1")), call("first")),
        other.capture_lead(form(external("F-2")), call("second")),
    );
    assert_eq!(first.unwrap().lead_id, second.unwrap().lead_id);
    assert_eq!(begun(&house, "lead.captured.v1").await, 1);
    assert_eq!(begun(&house, "lead.captured_again.v1").await, 1);
    assert_eq!(begun(&house, "contact.registered.v1").await, 1);
}

#[tokio::test]
async fn a_lead_of_nobody_is_not_captured_and_one_that_is_not_there_not_contacted() {
    let house = House::in_memory();
    let unknown = LeadCapture { contact_id: bob(), register: None, ..form(None) };
    let refused = house.application.capture_lead(unknown, call("capture")).await;
    assert!(matches!(refused, Err(Failure::Contact(_))), "{refused:?}");
    let said = Exchange { channel: Channel::Call, text: None };
    let refused = house.application.contact_lead(lead::id_of(bob(), 0), said, call("contact")).await;
    assert!(matches!(refused, Err(Failure::Lead(Rejection::NotCaptured))), "{refused:?}");
}

#[tokio::test]
async fn that_a_lead_was_contacted_is_what_was_said_to_the_contact() {
    let house = House::in_memory();
    let Taken { lead_id, .. } = captured(&house.application, "capture").await;
    let said = || Exchange { channel: Channel::Call, text: FreeText::parse("Called back").ok() };
    let first = house.application.contact_lead(lead_id, said(), call("contact")).await.unwrap();
    assert_eq!(house.application.contact_lead(lead_id, said(), call("contact")).await.unwrap(), first);
    let contacted = InteractionId::derived("lead", "contact").to_string();
    let log = house.log().await;
    let names_it = |recorded: &&rapport_domain::envelope::Recorded| recorded.data.contains(&contacted);
    let types: Vec<&str> = log.iter().filter(names_it).map(|recorded| recorded.event_type.as_str()).collect();
    assert_eq!(types, ["lead.contacted.v1", "interaction.recorded.v1"]);
}

#[tokio::test]
async fn nothing_comes_of_a_lead_that_is_not_qualified() {
    let house = House::in_memory();
    let Taken { lead_id, .. } = captured(&house.application, "capture").await;
    let log = house.log().await.len();
    let refused = convert(&house.application, lead_id, "convert").await;
    assert!(matches!(refused, Err(Failure::Lead(Rejection::NotQualified))), "{refused:?}");
    assert_eq!(house.log().await.len(), log);
}

#[tokio::test]
async fn without_its_pipeline_nothing_is_made() {
    let house = House::in_memory();
    let Taken { lead_id, .. } = captured(&house.application, "capture").await;
    house.application.lead(lead_id, Command::Qualify { reason: None }, call("qualify")).await.unwrap();
    let log = house.log().await.len();
    let refused = convert(&house.application, lead_id, "convert").await;
    assert!(matches!(refused, Err(Failure::PipelineUnknown)), "{refused:?}");
    assert_eq!(house.log().await.len(), log);
}

/// What every attempt has to have led to in the end.
async fn assert_one_of_each(house: &House, done: &Converted) {
    assert_eq!(begun(house, "opportunity.opened.v1").await, 1);
    assert_eq!(begun(house, "contact.registered.v1").await, 2, "the contact and the account");
    assert_eq!(begun(house, "contact.lifecycle_stage_changed.v1").await, 1);
    assert_eq!(begun(house, "lead.converted.v1").await, 1);
    let last = house.log().await.pop().unwrap();
    assert_eq!(last.event_type, "lead.converted.v1", "that it is converted is said last");
    assert_eq!(done.contact_id, ann());
    let ids: BTreeSet<String> = house.log().await.iter().map(|event| event.stream.id().to_owned()).collect();
    assert!(ids.contains(&done.account_id.unwrap().to_string()));
    assert!(ids.contains(&done.opportunity_id.unwrap().to_string()));
}

#[tokio::test]
async fn a_conversion_that_is_retried_makes_one_deal() {
    // The account, the deal, the contact's stage, and that the lead is converted.
    const STEPS: usize = 4;
    for step in 0..STEPS {
        for is_written in [false, true] {
            for again in ["convert", "convert-once-more"] {
                let store = FickleStore::new();
                let house = House::over(Arc::clone(&store) as Arc<_>);
                let lead_id = qualified(&house.application).await;
                let cause = || AppendError::OutcomeUnknown { cause: "the cable was pulled".to_owned() };
                for _ in 0..step {
                    store.next_append(Whim::Pass);
                }
                let whim = if is_written { Whim::WriteAndSay(cause()) } else { Whim::Refuse(cause()) };
                store.next_append(whim);
                let failed = convert(&house.application, lead_id, "convert").await;
                assert!(matches!(failed, Err(Failure::Append(_))), "step {step}: {failed:?}");
                // Another server knows nothing of the attempt.
                let done = convert(&house.replica(), lead_id, again).await.unwrap();
                assert_eq!(done.opportunity_id, Some(OpportunityId::derived("lead", &lead_id.to_string())));
                assert_one_of_each(&house, &done).await;
                let repeated = convert(&house.application, lead_id, "convert-a-third-time").await.unwrap();
                assert_eq!(
                    (repeated.account_id, repeated.opportunity_id),
                    (done.account_id, done.opportunity_id)
                );
                assert_one_of_each(&house, &repeated).await;
            }
        }
    }
}

#[tokio::test]
async fn conversions_at_once_through_two_servers_make_one_deal() {
    let house = House::in_memory();
    let lead_id = qualified(&house.application).await;
    let other = house.replica();
    let (first, second) =
        futures::join!(convert(&house.application, lead_id, "first"), convert(&other, lead_id, "second"),);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.opportunity_id, second.opportunity_id);
    assert_one_of_each(&house, &first).await;
}

#[tokio::test]
async fn another_conversion_of_a_converted_lead_is_refused() {
    let house = House::in_memory();
    let lead_id = qualified(&house.application).await;
    convert(&house.application, lead_id, "convert").await.unwrap();
    let other = Conversion { account: None, deal: None };
    let refused = house.application.convert_lead(lead_id, other, call("other")).await;
    assert!(matches!(refused, Err(Failure::Lead(Rejection::Converted))), "{refused:?}");
    assert_eq!(begun(&house, "opportunity.opened.v1").await, 1);
}

#[tokio::test]
async fn whoever_has_bought_does_not_fall_back_by_a_conversion() {
    let house = House::in_memory();
    let lead_id = qualified(&house.application).await;
    let customer = rapport_domain::contact::Command::ChangeLifecycleStage { stage: LifecycleStage::Customer };
    house.application.contact(ann(), customer, call("customer")).await.unwrap();
    convert(&house.application, lead_id, "convert").await.unwrap();
    assert_eq!(stage_of(&house, ann()).await, LifecycleStage::Customer);
}

/// Where a contact stands, by its events.
async fn stage_of(house: &House, id: ContactId) -> LifecycleStage {
    use rapport_domain::aggregate::Aggregate as _;
    use rapport_domain::contact::Contact;
    use rapport_domain::event::DomainEvent;
    let stream = Contact::stream(&id).unwrap();
    let log = house.log().await;
    let events = log.iter().filter(|recorded| recorded.stream == stream);
    let state = events.fold(State::default(), |state, recorded| {
        match DomainEvent::decode(recorded).unwrap().unwrap() {
            DomainEvent::Contact(event) => Contact::evolve(state, &event),
            other => panic!("{other:?}"),
        }
    });
    match state {
        State::Active(profile) => profile.lifecycle_stage,
        other => panic!("{other:?}"),
    }
}
