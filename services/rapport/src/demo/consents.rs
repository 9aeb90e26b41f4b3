//! What customers were asked, and what they said.

use rapport_domain::id::ConsentId;
use rapport_proto::v1::{
    ConsentChannel, ConsentEvidence, ConsentMethod, ConsentNotice, GiveConsentRequest, RefuseConsentRequest,
    RequestConsentRequest, WithdrawConsentRequest,
};

use super::customer::Customer;
use super::diary::{Diary, SOURCE};

const TOPICS: [(&str, ConsentChannel); 3] = [
    ("newsletter", ConsentChannel::Email),
    ("offers", ConsentChannel::Sms),
    ("product_research", ConsentChannel::Voice),
];

/// Asks, and writes down the answers. Returns how many were withdrawn.
pub(super) fn ask(diary: &mut Diary, customer: &Customer) -> usize {
    let mut withdrawn = 0;
    for (purpose, channel) in TOPICS {
        if diary.chance.percent(60) {
            withdrawn += usize::from(ask_about(diary, customer, purpose, channel));
        }
    }
    withdrawn
}

fn ask_about(diary: &mut Diary, customer: &Customer, purpose: &str, channel: ConsentChannel) -> bool {
    let Some(asked) = diary.later(customer.since, 0, 20) else { return false };
    let (contact_id, channel) = (diary.contact_id.clone(), i32::from(channel));
    let (purpose, notice) = (purpose.to_owned(), Some(notice(purpose)));
    let request = RequestConsentRequest {
        header: diary.header(&format!("{purpose}-ask"), asked),
        contact_id: contact_id.clone(),
        purpose: purpose.clone(),
        channel,
        notice: notice.clone(),
        jurisdiction: None,
    };
    diary.note(asked, request);
    let Some(answered) = diary.later(asked, 0, 5) else { return false };
    let header = diary.header(&format!("{purpose}-answer"), answered);
    let answer = diary.chance.between(0, 99);
    if answer < 15 {
        return false;
    }
    if answer < 35 {
        let method = ConsentMethod::Button.into();
        diary.note(
            answered,
            RefuseConsentRequest { header, contact_id, purpose, channel, method, jurisdiction: None },
        );
        return false;
    }
    let by = if diary.chance.percent(60) { ConsentMethod::DoubleOptIn } else { ConsentMethod::Checkbox };
    let consent = GiveConsentRequest {
        header,
        contact_id: contact_id.clone(),
        purpose: purpose.clone(),
        channel,
        notice,
        method: by.into(),
        evidence: Some(evidence(diary)),
        valid_until: None,
        consent_id: ConsentId::derived(SOURCE, &diary.key(&purpose)).to_string(),
        jurisdiction: None,
    };
    diary.note(answered, consent);
    if !diary.chance.percent(30) {
        return false;
    }
    let Some(at) = diary.later(answered, 10, 300) else { return false };
    let header = diary.header(&format!("{purpose}-withdraw"), at);
    let method = ConsentMethod::OneClickUnsubscribe.into();
    let (evidence, jurisdiction) = (Some(evidence(diary)), None);
    diary.note(
        at,
        WithdrawConsentRequest { header, contact_id, purpose, channel, method, evidence, jurisdiction },
    );
    true
}

fn notice(purpose: &str) -> ConsentNotice {
    ConsentNotice {
        id: format!("notice-{purpose}"),
        version: "2025-03".to_owned(),
        wording_sha256: String::new(),
        language: "en".to_owned(),
    }
}

/// Addresses are of the networks that are kept for documentation (RFC 5737).
fn evidence(diary: &mut Diary) -> ConsentEvidence {
    ConsentEvidence {
        ip: format!("192.0.2.{}", diary.chance.between(1, 254)),
        user_agent: "Mozilla/5.0".to_owned(),
        form_url: "https://www.example.com/preferences".to_owned(),
        reference: String::new(),
        captured_at: None,
    }
}
