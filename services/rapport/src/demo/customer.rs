//! Customers: persons and organisations.

use rapport_proto::v1::new_contact_point::Point;
use rapport_proto::v1::{ContactKind, LifecycleStage, NewContactPoint, RegisterContactRequest};

use super::diary::{Diary, HISTORY_DAYS, Moment};

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Amir", "Anouk", "Bela", "Chidi", "Clara", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Imani",
    "Jonas", "Kofi", "Lena", "Mateo", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sven", "Tomoko", "Yara",
];
const LAST_NAMES: [&str; 24] = [
    "Abara",
    "Bergström",
    "Castillo",
    "Dvorak",
    "Eriksen",
    "Fontaine",
    "Grieshaber",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalska",
    "Lindqvist",
    "Moreau",
    "Nakagawa",
    "Okafor",
    "Petrov",
    "Quiroga",
    "Rossi",
    "Schreiber",
    "Takeda",
    "Ullmann",
    "Virtanen",
    "Wieland",
    "Zafar",
];
const FIRM_HEADS: [&str; 16] = [
    "Alder", "Beacon", "Cobalt", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper",
    "Kestrel", "Lantern", "Meridian", "Nimbus", "Orchard", "Pinnacle",
];
const FIRM_TAILS: [&str; 10] = [
    "Logistics",
    "Foods",
    "Robotics",
    "Textiles",
    "Energy",
    "Clinics",
    "Press",
    "Interiors",
    "Optics",
    "Travel",
];
const OWNERS: [&str; 6] = ["m.adler", "s.brandt", "t.chen", "l.diaz", "k.evers", "j.fofana"];
const REGIONS: [&str; 4] = ["north", "south", "east", "west"];
const SIZES: [&str; 3] = ["small", "medium", "large"];

/// Share of organisations, in percent.
const ORGANISATIONS: u32 = 35;

/// Who a customer is, as far as the rest of its history depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customer {
    pub(super) since: Moment,
    pub(super) is_organisation: bool,
    pub(super) owner: &'static str,
    pub(super) region: &'static str,
}

/// Begins the relationship.
pub(super) fn register(diary: &mut Diary) -> Customer {
    let days_ago = diary.chance.between(20, HISTORY_DAYS);
    let customer = Customer {
        since: diary.days_ago(days_ago),
        is_organisation: diary.chance.percent(ORGANISATIONS),
        owner: diary.chance.pick(&OWNERS),
        region: diary.chance.pick(&REGIONS),
    };
    let (name, email, size) = if customer.is_organisation { firm(diary) } else { person(diary) };
    let phone = format!("+1 202 555 01{:02}", diary.customer % 100);
    let points = [Point::Email(email), Point::Phone(phone)].into_iter();
    let contact_points =
        points.map(|point| NewContactPoint { contact_point_id: String::new(), point: Some(point) });
    let stage = if diary.chance.percent(70) { LifecycleStage::Customer } else { LifecycleStage::Lead };
    let kind = if customer.is_organisation { ContactKind::Organisation } else { ContactKind::Person };
    let segments = [("region", customer.region), ("size", size)];
    let request = RegisterContactRequest {
        header: diary.header("register", customer.since),
        contact_id: diary.contact_id.clone(),
        kind: kind.into(),
        name,
        contact_points: contact_points.collect(),
        owner: customer.owner.to_owned(),
        lifecycle_stage: stage.into(),
        segments: segments.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        external_ref: format!("C-{:05}", diary.customer),
    };
    diary.note(customer.since, request);
    customer
}

fn person(diary: &mut Diary) -> (String, String, &'static str) {
    let (first, last) = (diary.chance.pick(&FIRST_NAMES), diary.chance.pick(&LAST_NAMES));
    let email = format!("{}.{}@example.com", first.to_lowercase(), diary.customer);
    (format!("{first} {last}"), email, SIZES[0])
}

fn firm(diary: &mut Diary) -> (String, String, &'static str) {
    let (head, tail) = (diary.chance.pick(&FIRM_HEADS), diary.chance.pick(&FIRM_TAILS));
    let email = format!("office@{}-{}-{}.example", head.to_lowercase(), tail.to_lowercase(), diary.customer);
    (format!("{head} {tail}"), email, diary.chance.pick(&SIZES))
}
