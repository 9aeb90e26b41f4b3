//! A small company's worth of everything, and every answer about it.

use rapport_proto::v1 as wire;

use crate::Clients;
use crate::ask::{after, call, deal, email, encoded, euros, header, person, pipeline};

/// Makes it; hands over its contacts, and the last position.
///
/// # Panics
/// When the server refuses.
pub async fn populate(clients: &Clients) -> (Vec<String>, u64) {
    let mut ids = Vec::new();
    let sales = clients.pipelines().publish_pipeline(pipeline("p")).await.unwrap().into_inner().pipeline_id;
    let mut last = 0;
    for number in 0..12 {
        let request = wire::RegisterContactRequest {
            contact_points: vec![email(&format!("c{number}@example.com"))],
            ..person(&format!("c{number}"), &format!("Customer {number}"))
        };
        let id = clients.contacts().register_contact(request).await.unwrap().into_inner().contact_id;
        clients.interactions().record_interaction(call(&format!("i{number}"), &id, "hello")).await.unwrap();
        let request = wire::OpenOpportunityRequest {
            amount: euros(1_000 * number),
            ..deal(&format!("d{number}"), &sales, &id)
        };
        let opportunity_id =
            clients.pipelines().open_opportunity(request).await.unwrap().into_inner().opportunity_id;
        if number % 3 == 0 {
            let won = wire::WinOpportunityRequest {
                header: header(&format!("w{number}")),
                opportunity_id,
                amount: None,
                fx: None,
            };
            clients.pipelines().win_opportunity(won).await.unwrap();
        }
        let started = wire::StartSubscriptionRequest {
            header: header(&format!("s{number}")),
            contact_id: id.clone(),
            plan: "basic".to_owned(),
            mrr: euros(100 + number),
            ..Default::default()
        };
        last = clients
            .subscriptions()
            .start_subscription(started)
            .await
            .unwrap()
            .into_inner()
            .receipt
            .unwrap()
            .position;
        ids.push(id);
    }
    (ids, last)
}

/// Every answer about it that can be had, as bytes.
///
/// # Panics
/// When the server refuses.
pub async fn answers(clients: &Clients, contacts: &[String], position: u64) -> Vec<Vec<u8>> {
    answers_as(clients, contacts, after(position)).await
}

/// The same to questions with a header.
///
/// # Panics
/// When the server refuses.
pub async fn answers_as(
    clients: &Clients,
    contacts: &[String],
    header: Option<wire::QueryHeader>,
) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    for contact_id in contacts {
        let contact_id = contact_id.clone();
        let contact = wire::GetContactRequest { header, contact_id: contact_id.clone() };
        answers.push(encoded(&clients.contacts().get_contact(contact).await.unwrap().into_inner()));
        let timeline =
            wire::GetTimelineRequest { header, contact_id: contact_id.clone(), ..Default::default() };
        answers.push(encoded(&clients.interactions().get_timeline(timeline).await.unwrap().into_inner()));
        let subscriptions = wire::ListSubscriptionsRequest { header, contact_id, page: None };
        answers.push(encoded(
            &clients.subscriptions().list_subscriptions(subscriptions).await.unwrap().into_inner(),
        ));
    }
    let page = Some(wire::PageRequest { page_size: 5, page_token: String::new() });
    let contacts = wire::ListContactsRequest { header, page };
    answers.push(encoded(&clients.contacts().list_contacts(contacts).await.unwrap().into_inner()));
    // Ages are measured at a moment of the caller's, so that they are the same each time.
    let aged_at = Some(prost_types::Timestamp { seconds: 4_000_000_000, nanos: 0 });
    let view = wire::GetPipelineViewRequest { header, aged_at, ..Default::default() };
    answers.push(encoded(&clients.pipelines().get_pipeline_view(view).await.unwrap().into_inner()));
    let churn =
        wire::GetChurnReportRequest { header, activity_to: "2030-01-01".to_owned(), ..Default::default() };
    answers.push(encoded(&clients.reports().get_churn_report(churn).await.unwrap().into_inner()));
    answers
}
