//! A request that was applied gets its first answer, whatever became since of what it needed; nothing new comes of it.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Arc;

use rapport_application::{AppendError, CaseRequest, Conversion, Exchange, Failure};
use rapport_domain::interaction::Channel;
use rapport_domain::value::FreeText;
use rapport_domain::{contact, lead, notice};

use crate::cases::case;
use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::{ann, bob, call, give_consent, label, record, reference, registered, request_consent};
use crate::tasks::{captured, erase_ann, objection, opening_for_ann};

fn assert_erased<T: Debug>(answer: &Result<T, Failure>) {
    assert!(matches!(answer, Err(Failure::Contact(contact::Rejection::Erased))), "{answer:?}");
}

fn words() -> Option<FreeText> {
    FreeText::parse("We look into it").ok()
}

fn exchange(text: Option<FreeText>) -> Exchange {
    Exchange { channel: Channel::Email, text }
}

/// Whatever can be said in a case, and its request.
fn said() -> [(&'static str, CaseRequest); 4] {
    let note = CaseRequest::Assign { group: Some(reference("desk")), assignee: None, note: words() };
    [
        ("reply", CaseRequest::Reply(exchange(words()))),
        ("reply-without-words", CaseRequest::Reply(exchange(None))),
        ("hear", CaseRequest::Hear(exchange(words()))),
        ("note", note),
    ]
}

#[tokio::test]
async fn what_was_said_in_a_case_is_answered_as_then_after_the_erasure_and_nothing_more_is_said() {
    for house in House::on_each_store() {
        let app = &house.application;
        registered(app, ann()).await;
        app.case(case("theirs"), opening_for_ann(), call("open")).await.unwrap();
        let mut first = Vec::new();
        for (name, request) in said() {
            first.push(app.case(case("theirs"), request, call(name)).await.unwrap());
        }
        erase_ann(&house.replica()).await;
        let told = house.log().await.len();
        for server in [Arc::clone(app), house.replica()] {
            for ((name, request), first) in said().into_iter().zip(&first) {
                let late = call(&format!("{name}-late"));
                assert_erased(&server.case(case("theirs"), request.clone(), late).await);
                let again = server.case(case("theirs"), request, call(name)).await;
                assert_eq!(again.unwrap(), *first, "{name}");
            }
        }
        assert_eq!(house.log().await.len(), told);
    }
}

#[tokio::test]
async fn a_reply_that_got_no_further_than_its_case_before_the_erasure_is_refused() {
    for text in [None, words()] {
        let store = FickleStore::new();
        let house = House::over(Arc::clone(&store) as Arc<_>);
        let app = &house.application;
        registered(app, ann()).await;
        app.case(case("theirs"), opening_for_ann(), call("open")).await.unwrap();
        let reply = || CaseRequest::Reply(exchange(text.clone()));
        store.next_append(Whim::Pass);
        store.next_append(Whim::Refuse(AppendError::StorageFull));
        let failed = app.case(case("theirs"), reply(), call("reply")).await;
        assert!(matches!(failed, Err(Failure::Append(AppendError::StorageFull))), "{failed:?}");
        erase_ann(app).await;
        let told = house.log().await.len();
        assert_erased(&app.case(case("theirs"), reply(), call("reply")).await);
        assert_eq!(house.log().await.len(), told);
    }
}

#[tokio::test]
async fn a_merge_is_answered_as_then_after_the_other_case_was_merged_itself() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    for name in ["part", "whole", "all"] {
        app.case(case(name), opening_for_ann(), call(name)).await.unwrap();
    }
    let into = |name| CaseRequest::Merge { into: case(name) };
    let merged = app.case(case("part"), into("whole"), call("merge")).await.unwrap();
    app.case(case("whole"), into("all"), call("merge-whole")).await.unwrap();
    let again = app.case(case("part"), into("whole"), call("merge")).await.unwrap();
    assert_eq!(again, merged);
}

#[tokio::test]
async fn interactions_are_answered_as_then_after_the_erasure_and_no_more_are_recorded() {
    for house in House::on_each_store() {
        let app = &house.application;
        for id in [ann(), bob()] {
            registered(app, id).await;
        }
        let known = || (record("known", "said"), call("known"));
        let late = || (record("late", "said"), call("late"));
        let first = app.interactions(ann(), vec![known()]).await.remove(0).unwrap();
        erase_ann(app).await;
        let answers = app.interactions(ann(), vec![late(), known()]).await;
        assert_erased(&answers[0]);
        assert_eq!(*answers[1].as_ref().unwrap(), first);

        let of_bob = (record("of-bob", "said"), call("of-bob"));
        let steps = [(ann(), late()), (ann(), known()), (bob(), of_bob)];
        let mut waiting: VecDeque<_> =
            steps.into_iter().map(|(id, (command, call))| (id, command, call)).collect();
        let mut answers = Vec::new();
        while !waiting.is_empty() {
            answers.extend(app.interactions_in_turn(&mut waiting).await);
        }
        assert_erased(&answers[0]);
        assert_eq!(*answers[1].as_ref().unwrap(), first);
        assert!(answers[2].is_ok(), "{answers:?}");
    }
}

#[tokio::test]
async fn consents_and_objections_are_answered_as_then_after_the_erasure_and_no_more_are_taken_in() {
    for house in House::on_each_store() {
        let app = &house.application;
        registered(app, ann()).await;
        app.consent(ann(), request_consent(), call("ask")).await.unwrap();
        let given = app.consent(ann(), give_consent(None), call("give")).await.unwrap();
        let objected = app.suppression(ann(), objection(), call("object")).await.unwrap();
        erase_ann(app).await;
        assert_eq!(app.consent(ann(), give_consent(None), call("give")).await.unwrap(), given);
        assert_eq!(app.suppression(ann(), objection(), call("object")).await.unwrap(), objected);
        assert_erased(&app.consent(ann(), give_consent(None), call("give-late")).await);
        assert_erased(&app.suppression(ann(), objection(), call("object-late")).await);
    }
}

#[tokio::test]
async fn a_consent_is_answered_as_then_after_other_words_of_its_notice_were_published() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    app.consent(ann(), request_consent(), call("ask")).await.unwrap();
    let given = app.consent(ann(), give_consent(None), call("give")).await.unwrap();
    let publish = notice::Command::Publish {
        id: reference("privacy"),
        version: label("4"),
        language: reference("en"),
        text: notice::Text::parse("We write to you").unwrap(),
    };
    app.notice(publish, call("publish")).await.unwrap();
    assert_eq!(app.consent(ann(), give_consent(None), call("give")).await.unwrap(), given);
    let late = app.consent(ann(), give_consent(None), call("give-late")).await;
    assert!(matches!(late, Err(Failure::Notice(notice::Rejection::VersionUnknown { .. }))), "{late:?}");
}

#[tokio::test]
async fn that_a_lead_was_contacted_and_converted_is_answered_as_then_after_the_erasure() {
    let house = House::in_memory();
    let app = &house.application;
    captured(app).await;
    let id = lead::id_of(ann(), 0);
    let nothing = || Conversion { account: None, deal: None };
    let contacted = app.contact_lead(id, exchange(words()), call("contact")).await.unwrap();
    app.lead(id, lead::Command::Qualify { reason: None }, call("qualify")).await.unwrap();
    let converted = app.convert_lead(id, nothing(), call("convert")).await.unwrap();
    erase_ann(app).await;
    assert_eq!(app.contact_lead(id, exchange(words()), call("contact")).await.unwrap(), contacted);
    assert_eq!(app.convert_lead(id, nothing(), call("convert")).await.unwrap(), converted);
    assert_erased(&app.contact_lead(id, exchange(words()), call("contact-late")).await);
}
