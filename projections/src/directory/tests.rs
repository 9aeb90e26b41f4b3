//! Given contacts, when the directory is asked, then this is who they are.

use rapport_domain::contact::{
    Archived, Contact, ContactPointAdded, ContactPointRemoved, Event, LifecycleStageChanged, NameCorrected,
    OwnerAssigned, Registered, Restored, SegmentCleared, SegmentSet,
};
use rapport_domain::envelope::Position;
use rapport_domain::id::ContactPointId;
use rapport_domain::personal::PersonalFields as _;
use rapport_domain::value::{ContactPoint, ContactPointKind};
use tempfile::TempDir;

use super::query::{contact as found, list, search};
use super::*;
use crate::query::Thing;
use crate::testing::company::registered;
use crate::testing::{
    History, Model, all_pages, at, contact, first_page, key, label, open_vault, reference, sealed, segments,
};

const BEGIN: &str = "2026-01-01T00:00:00Z";

/// A directory that can open what is sealed.
struct House {
    _directory: TempDir,
    vault: Arc<Vault>,
    history: History,
}

impl House {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let vault = open_vault(directory.path());
        Self { _directory: directory, vault, history: History::new() }
    }

    async fn add(&mut self, who: &str, event: impl Into<Event>) -> &mut Self {
        let mut event = event.into();
        self.vault.ensure_keys(&[contact(who)]).await.unwrap();
        self.vault.seal(&contact(who), event.personal_fields()).unwrap();
        self.history.add::<Contact>(&contact(who), BEGIN, event);
        self
    }

    fn fold(&self) -> Model<DirectoryProjection> {
        Model::of(DirectoryProjection::new(Arc::clone(&self.vault)), &self.history)
    }

    fn who(&self, search_by: ContactSearch) -> Vec<ContactId> {
        let key = sought(&self.vault, search_by);
        let model = self.fold();
        search(&model.connection, &key).unwrap().into_iter().map(|contact| contact.contact_id).collect()
    }
}

fn point(name: &str, text: &str) -> ContactPointEntry {
    let kind = if text.contains('@') { ContactPointKind::Email } else { ContactPointKind::Phone };
    ContactPointEntry::new(ContactPointId::derived("tests", name), ContactPoint::parse(kind, text).unwrap())
}

fn with_points(points: &[(&str, &str)]) -> Registered {
    let contact_points = points.iter().map(|(name, text)| point(name, text)).collect();
    Registered { contact_points, external_ref: Some(ExternalRef::parse("crm 7").unwrap()), ..registered(0) }
}

fn email(text: &str) -> ContactSearch {
    ContactSearch::Email(EmailAddress::parse(text).unwrap())
}

fn phone(text: &str) -> ContactSearch {
    ContactSearch::Phone(PhoneNumber::parse(text).unwrap())
}

#[tokio::test]
async fn contacts_are_found_by_address_and_number_however_they_are_written() {
    let mut house = House::new();
    house.add("ann", with_points(&[("1", "Ann@Example.com"), ("2", "+49 30 901820")])).await;
    house.add("bob", with_points(&[("3", "ann@example.com")])).await;
    assert_eq!(house.who(email("ANN@example.COM")), [contact("ann"), contact("bob")]);
    assert_eq!(house.who(phone("0049 (30) 901-820")), [contact("ann")]);
    assert_eq!(house.who(email("cid@example.com")), []);
    let by_ref = ContactSearch::ExternalRef(ExternalRef::parse("crm 7").unwrap());
    assert_eq!(house.who(by_ref), [contact("ann"), contact("bob")]);
}

#[tokio::test]
async fn a_contact_point_is_found_while_it_is_there() {
    let mut house = House::new();
    house.add("ann", with_points(&[("1", "ann@example.com")])).await;
    house.add("ann", ContactPointAdded { contact_point: point("2", "lee@example.com") }).await;
    assert_eq!(house.who(email("lee@example.com")), [contact("ann")]);
    house.add("ann", ContactPointRemoved { id: ContactPointId::derived("tests", "1") }).await;
    assert_eq!(house.who(email("ann@example.com")), []);
    let ann = found(&house.fold().connection, contact("ann")).unwrap();
    let ids: Vec<_> = ann.contact_points.iter().map(|point| point.id).collect();
    assert_eq!(ids, [ContactPointId::derived("tests", "2")]);
}

#[tokio::test]
async fn who_is_erased_is_not_found_after_a_rebuild() {
    let mut house = House::new();
    house.add("ann", with_points(&[("1", "ann@example.com")])).await;
    house.vault.destroy_keys(&contact("ann")).await.unwrap();
    assert_eq!(house.who(email("ann@example.com")), []);
    assert!(found(&house.fold().connection, contact("ann")).is_ok(), "the contact itself is still there");
}

#[tokio::test]
async fn nothing_personal_stands_in_clear() {
    let mut house = House::new();
    house.add("ann", with_points(&[("1", "marker@example.com"), ("2", "+49 30 901820")])).await;
    let model = house.fold();
    let all: String = model
        .connection
        .query_row("SELECT group_concat(point || coalesce(blind, '')) FROM contact_points", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(!all.contains("marker") && !all.contains("901820"), "{all}");
    assert_eq!(format!("{:?}", found(&model.connection, contact("ann")).unwrap().name), "[personal]");
}

#[tokio::test]
async fn a_profile_says_what_was_said_last() {
    let mut house = House::new();
    let (from, to) = (LifecycleStage::Lead, LifecycleStage::Customer);
    house.add("ann", registered(0)).await;
    house.add("ann", NameCorrected { name: sealed("right") }).await;
    house.add("ann", OwnerAssigned { owner: reference("bob"), previous_owner: None }).await;
    house.add("ann", LifecycleStageChanged { from, to }).await;
    house.add("ann", SegmentSet { key: key("industry"), value: label("Rail") }).await;
    house.add("ann", SegmentSet { key: key("size"), value: label("large") }).await;
    house.add("ann", SegmentCleared { key: key("region") }).await;
    house.add("ann", Archived {}).await;
    let expected = ContactProfile {
        contact_id: contact("ann"),
        kind: Kind::Person,
        name: sealed("right"),
        contact_points: Vec::new(),
        owner: Some(reference("bob")),
        lifecycle_stage: to,
        segments: segments([("industry", "Rail"), ("size", "large")]),
        external_ref: None,
        erased: false,
        archived: true,
        registered_at: at(BEGIN),
        revision: Revision(7),
    };
    assert_eq!(found(&house.fold().connection, contact("ann")), Ok(expected));
    house.add("ann", Restored {}).await;
    let restored = found(&house.fold().connection, contact("ann")).unwrap();
    assert_eq!((restored.archived, restored.revision), (false, Revision(8)));
}

#[tokio::test]
async fn contacts_are_listed_once_in_the_order_of_registration() {
    let mut house = House::new();
    let names = ["d", "a", "c", "b", "e"];
    for name in names {
        house.add(name, registered(0)).await;
    }
    house.add("a", Archived {}).await;
    let model = house.fold();
    for size in [1, 2, 5, 200] {
        let listed = all_pages(size, |page| list(&model.connection, page).map(|contacts| contacts.page));
        assert_eq!(
            listed.iter().map(|c| c.contact_id).collect::<Vec<_>>(),
            names.map(contact),
            "pages of {size}"
        );
    }
    assert_eq!(list(&model.connection, &first_page()).unwrap().total, 5);
    assert_eq!(house.history.head(), Position(6));
}

#[test]
fn nobody_under_an_id_is_said_so() {
    let house = House::new();
    let nobody = found(&house.fold().connection, contact("x"));
    assert_eq!(nobody, Err(QueryError::NotFound { what: Thing::Contact }));
}

#[tokio::test]
async fn an_owner_has_those_whom_they_are_responsible_for_now() {
    let mut house = House::new();
    let of = |owner: &str| Registered { owner: Some(reference(owner)), ..registered(1) };
    house.add("ann", of("rita")).await.add("bob", of("max")).await;
    house.add("eve", Registered { owner: None, ..registered(1) }).await;
    let contacts = ["ann", "bob", "eve", "nobody"].map(contact).into();
    let owned = |house: &House, owner: &str| {
        query::owned(&house.fold().connection, &reference(owner), &contacts).unwrap()
    };
    assert_eq!(owned(&house, "rita"), [contact("ann")].into());
    house
        .add("ann", OwnerAssigned { owner: reference("max"), previous_owner: Some(reference("rita")) })
        .await;
    assert_eq!(
        (owned(&house, "rita"), owned(&house, "max")),
        ([].into(), ["ann", "bob"].map(contact).into())
    );
}
