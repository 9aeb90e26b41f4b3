//! What customers without a contract buy, each in a rhythm of its own. Some fall silent.

use rapport_domain::id::InteractionId;
use rapport_proto::v1::{InteractionChannel, InteractionDirection, Money, RecordInteractionRequest};

use super::customer::Customer;
use super::diary::{Diary, SOURCE};

/// Most orders of one customer.
const ORDERS_MAX: usize = 40;
/// Share of buyers that stop after a while, in percent.
const SILENT: u32 = 25;

/// Orders over the time of the relationship.
pub(super) fn record(diary: &mut Diary, customer: &Customer) {
    let gap = diary.chance.between(10, 60);
    let last = if diary.chance.percent(SILENT) { 3 } else { ORDERS_MAX };
    let mut next = diary.later(customer.since, 0, 10);
    for place in 0..last {
        let Some(at) = next else { return };
        let name = format!("order-{place}");
        let amount = diary.chance.between(1_500, 48_000);
        let request = RecordInteractionRequest {
            header: diary.header(&name, at),
            contact_id: diary.contact_id.clone(),
            interaction_id: InteractionId::derived(SOURCE, &diary.key(&name)).to_string(),
            channel: InteractionChannel::Order.into(),
            direction: InteractionDirection::Inbound.into(),
            summary: format!("Ordered {} items.", diary.chance.between(2, 9)),
            topic: "purchase".to_owned(),
            value: Some(Money { minor_units: amount, currency: "EUR".to_owned() }),
            source_system: "shop".to_owned(),
            external_ref: format!("order {}-{place}", diary.customer),
            ..RecordInteractionRequest::default()
        };
        diary.note(at, request);
        next = diary.later(at, gap - gap / 3, gap + gap / 3);
    }
}
