//! A campaign: consents are brought in, some are taken back, and whom it may go to is asked before and after.

use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use rapport_proto::v1::{ConsentChannel, ConsentVerdict};
use rapport_tests::World;
use rapport_tests::ask::{header, person, refused_fields};

const CONTACTS: usize = 40;
/// Of so many, one takes it back.
const EVERY: usize = 4;
/// Most contacts of one question, as the contract says.
const CONTACTS_MAX: usize = 1_000;
pub(crate) const PURPOSE: &str = "newsletter";

pub(crate) async fn give(world: &World, number: usize, contact_id: &str) -> u64 {
    let notice = wire::ConsentNotice { id: "n".to_owned(), version: "1".to_owned(), ..Default::default() };
    let request = wire::GiveConsentRequest {
        header: header(&format!("give:{number}")),
        contact_id: contact_id.to_owned(),
        purpose: PURPOSE.to_owned(),
        channel: ConsentChannel::Email.into(),
        notice: Some(notice),
        method: wire::ConsentMethod::ApiImport.into(),
        ..Default::default()
    };
    world.consents().give_consent(request).await.unwrap().into_inner().receipt.unwrap().position
}

async fn withdraw(world: &World, number: usize, contact_id: &str) -> u64 {
    let request = wire::WithdrawConsentRequest {
        jurisdiction: None,
        header: header(&format!("withdraw:{number}")),
        contact_id: contact_id.to_owned(),
        purpose: PURPOSE.to_owned(),
        channel: ConsentChannel::Email.into(),
        method: wire::ConsentMethod::OneClickUnsubscribe.into(),
        evidence: None,
    };
    world.consents().withdraw_consent(request).await.unwrap().into_inner().receipt.unwrap().position
}

pub(crate) async fn check(
    world: &World,
    contact_ids: &[String],
    channel: ConsentChannel,
    header: wire::QueryHeader,
) -> Vec<wire::ConsentDecision> {
    let request = wire::CheckConsentsRequest {
        header: Some(header),
        contact_ids: contact_ids.to_vec(),
        purpose: PURPOSE.to_owned(),
        channel: channel.into(),
        ..Default::default()
    };
    world.consents().check_consents(request).await.unwrap().into_inner().decisions
}

fn allowed(decisions: &[wire::ConsentDecision]) -> usize {
    decisions.iter().filter(|decision| decision.allowed).count()
}

#[tokio::test]
async fn a_campaign_goes_to_those_whose_consent_holds_and_each_answer_names_what_decides() {
    let world = World::start().await;
    let mut contacts = Vec::new();
    let mut given = Vec::new();
    for number in 0..CONTACTS {
        let register = person(&format!("register:{number}"), "Ann");
        let contact = world.contacts().register_contact(register).await.unwrap().into_inner().contact_id;
        given.push(give(&world, number, &contact).await);
        contacts.push(contact);
    }
    let before = *given.last().unwrap();
    let mut last = before;
    for number in (0..CONTACTS).step_by(EVERY) {
        last = withdraw(&world, number, &contacts[number]).await;
    }

    let now = wire::QueryHeader { min_position: last, as_of: None };
    let decisions = check(&world, &contacts, ConsentChannel::Email, now).await;
    for (number, decision) in decisions.iter().enumerate() {
        let verdict = if number % EVERY == 0 { ConsentVerdict::Withdrawn } else { ConsentVerdict::Allowed };
        assert_eq!((&decision.contact_id, decision.verdict()), (&contacts[number], verdict));
        assert_eq!(decision.allowed, verdict == ConsentVerdict::Allowed);
        let decided = if decision.allowed { given[number] } else { before + 1 + (number / EVERY) as u64 };
        assert_eq!(decision.position_of_event, decided);
    }
    assert_eq!(allowed(&decisions), CONTACTS - CONTACTS / EVERY);

    let then = wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(before)) };
    assert_eq!(
        allowed(&check(&world, &contacts, ConsentChannel::Email, then).await),
        CONTACTS,
        "as it was known"
    );
    let sms = check(&world, &contacts, ConsentChannel::Sms, now).await;
    assert!(
        sms.iter().all(|decision| decision.verdict() == ConsentVerdict::NotAsked),
        "one channel is not another"
    );
}

#[tokio::test]
async fn a_campaign_is_checked_in_parts_over_one_stream_and_each_is_answered_in_its_place() {
    let world = World::start().await;
    let mut contacts = Vec::new();
    let mut last = 0;
    for number in 0..6 {
        let register = person(&format!("register:{number}"), "Ann");
        contacts.push(world.contacts().register_contact(register).await.unwrap().into_inner().contact_id);
        if number % 2 == 0 {
            last = give(&world, number, &contacts[number]).await;
        }
    }
    let part = |contact_ids: &[String]| wire::CheckConsentsRequest {
        header: Some(wire::QueryHeader { min_position: last, as_of: None }),
        contact_ids: contact_ids.to_vec(),
        purpose: PURPOSE.to_owned(),
        channel: ConsentChannel::Email.into(),
        ..Default::default()
    };
    let parts: Vec<_> = contacts.chunks(2).map(part).chain([part(&[]), part(&contacts)]).collect();
    let answers = world.consents().bulk_check_consents(futures::stream::iter(parts)).await.unwrap();
    let mut answers = answers.into_inner();
    for pair in contacts.chunks(2) {
        let decisions = answers.try_next().await.unwrap().unwrap().decisions;
        let found: Vec<_> = decisions.iter().map(|it| (it.contact_id.as_str(), it.allowed)).collect();
        assert_eq!(found, [(pair[0].as_str(), true), (pair[1].as_str(), false)]);
    }
    let refused = answers.try_next().await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["contact_ids"], "and nothing after it is answered");
    assert_eq!(answers.try_next().await.unwrap(), None);
}

#[tokio::test]
async fn a_check_names_what_is_malformed() {
    let world = World::start().await;
    let request = |contact_ids: Vec<String>| wire::CheckConsentsRequest { contact_ids, ..Default::default() };
    let none = world.consents().check_consents(request(Vec::new())).await.unwrap_err();
    assert_eq!(refused_fields(&none), ["contact_ids", "purpose", "channel"]);
    let proved = wire::CheckConsentsRequest { with_proof: true, ..request(vec![String::new(); 101]) };
    let proved = world.consents().check_consents(proved).await.unwrap_err();
    assert_eq!(refused_fields(&proved), ["contact_ids", "purpose", "channel"]);
    let many = vec![String::new(); CONTACTS_MAX + 1];
    let many = world.consents().check_consents(request(many)).await.unwrap_err();
    assert_eq!(refused_fields(&many), ["contact_ids", "purpose", "channel"]);
}
