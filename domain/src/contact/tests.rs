//! What a contact accepts and refuses, state by state.

mod disclosed;
mod held;
mod law;

use super::*;
use crate::aggregate::Reason;
use crate::id::ContactPointId;
use crate::testing::{Given, given, key, label, reference, segments};
use crate::value::{ContactPoint, ContactPointKind, ExternalRef, Name, Segments};

fn name(text: &str) -> crate::Personal<Name> {
    Name::parse(text).unwrap().into()
}

fn point_id(which: &str) -> ContactPointId {
    ContactPointId::derived("tests", which)
}

fn email(which: &str, address: &str) -> ContactPointEntry {
    ContactPointEntry::new(point_id(which), ContactPoint::parse(ContactPointKind::Email, address).unwrap())
}

fn register() -> Register {
    Register {
        kind: Kind::Person,
        name: name("Ann Lee"),
        contact_points: vec![email("work", "ann@example.com")],
        owner: Some(reference("user_1")),
        lifecycle_stage: LifecycleStage::Lead,
        segments: segments([("region", "West")]),
        external_ref: Some(ExternalRef::parse("crm 17").unwrap()),
    }
}

fn began() -> Registered {
    Registered {
        kind: Kind::Person,
        name: name("Ann Lee"),
        contact_points: vec![email("work", "ann@example.com")],
        owner: Some(reference("user_1")),
        lifecycle_stage: LifecycleStage::Lead,
        segments: segments([("region", "West")]),
        external_ref: Some(ExternalRef::parse("crm 17").unwrap()),
    }
}

fn registered() -> Event {
    began().into()
}

fn archived() -> Event {
    Archived {}.into()
}

/// Every command but to register, to archive and to restore.
fn changes() -> [Command; 7] {
    [
        Command::CorrectName { name: name("Ann Leigh") },
        Command::AddContactPoint(email("home", "ann@example.org")),
        Command::RemoveContactPoint { id: point_id("work") },
        Command::AssignOwner { owner: reference("user_2") },
        Command::ChangeLifecycleStage { stage: LifecycleStage::Customer },
        Command::SetSegment { key: key("industry"), value: label("Retail") },
        Command::ClearSegment { key: key("region") },
    ]
}

/// So many ways to reach somebody.
fn points(count: usize) -> Vec<ContactPointEntry> {
    (0..count).map(|n| email(&n.to_string(), &format!("ann{n}@example.com"))).collect()
}

/// So many fields.
fn fields(count: usize) -> Segments {
    (0..count).map(|n| (key(&format!("field_{n}")), label("x"))).collect()
}

mod unregistered {
    use super::*;

    fn nobody() -> Given<Contact> {
        given([])
    }

    #[test]
    fn can_be_registered() {
        nobody().when(Command::Register(register())).then([registered()]);
    }

    #[test]
    fn can_be_registered_with_a_name_alone() {
        let bare = Register {
            contact_points: Vec::new(),
            owner: None,
            segments: Segments::new(),
            external_ref: None,
            ..register()
        };
        let event = Registered {
            contact_points: Vec::new(),
            owner: None,
            segments: Segments::new(),
            external_ref: None,
            ..began()
        };
        nobody().when(Command::Register(bare)).then([event.into()]);
    }

    #[test]
    fn cannot_have_two_contact_points_under_one_id() {
        let twice = vec![email("work", "ann@example.com"), email("work", "ann@example.org")];
        nobody()
            .when(Command::Register(Register { contact_points: twice, ..register() }))
            .then_rejected(Rejection::ContactPointExists);
    }

    #[test]
    fn cannot_have_more_contact_points_or_fields_than_the_limit() {
        let too_many = Register { contact_points: points(CONTACT_POINTS_MAX + 1), ..register() };
        nobody().when(Command::Register(too_many)).then_rejected(Rejection::TooManyContactPoints);
        let too_many = Register { segments: fields(SEGMENTS_MAX + 1), ..register() };
        nobody().when(Command::Register(too_many)).then_rejected(Rejection::TooManySegments);
    }

    #[test]
    fn takes_nothing_else() {
        for command in changes().into_iter().chain([Command::Archive, Command::Restore]) {
            nobody().when(command).then_rejected(Rejection::NotRegistered);
        }
    }
}

mod active {
    use super::*;

    fn ann() -> Given<Contact> {
        given([registered()])
    }

    #[test]
    fn registered_again_in_the_same_words_changes_nothing() {
        ann().when(Command::Register(register())).then_nothing();
    }

    #[test]
    fn registered_again_after_a_change_changes_nothing() {
        let corrected = NameCorrected { name: name("Ann Leigh") }.into();
        let removed = ContactPointRemoved { id: point_id("work") }.into();
        given::<Contact>([registered(), corrected, removed])
            .when(Command::Register(register()))
            .then_nothing();
    }

    #[test]
    fn cannot_be_registered_in_other_words() {
        for other in [
            Register { kind: Kind::Organisation, ..register() },
            Register { name: name("Bob Lee"), ..register() },
            Register { contact_points: Vec::new(), ..register() },
            Register { owner: None, ..register() },
            Register { lifecycle_stage: LifecycleStage::Customer, ..register() },
            Register { segments: Segments::new(), ..register() },
            Register { external_ref: None, ..register() },
        ] {
            ann().when(Command::Register(other)).then_rejected(Rejection::AlreadyRegistered);
        }
    }

    #[test]
    fn can_be_called_by_the_right_name() {
        ann()
            .when(Command::CorrectName { name: name("Ann Leigh") })
            .then([NameCorrected { name: name("Ann Leigh") }.into()]);
        ann().when(Command::CorrectName { name: name("Ann Lee") }).then_nothing();
    }

    #[test]
    fn can_be_given_a_contact_point() {
        let home = email("home", "ann@example.org");
        ann()
            .when(Command::AddContactPoint(home.clone()))
            .then([ContactPointAdded { contact_point: home }.into()]);
        ann().when(Command::AddContactPoint(email("work", "ann@example.com"))).then_nothing();
    }

    #[test]
    fn cannot_be_given_another_contact_point_under_a_known_id() {
        ann()
            .when(Command::AddContactPoint(email("work", "ann@example.org")))
            .then_rejected(Rejection::ContactPointExists);
    }

    #[test]
    fn cannot_be_given_more_contact_points_than_the_limit() {
        let full = Registered { contact_points: points(CONTACT_POINTS_MAX), ..began() };
        given::<Contact>([full.into()])
            .when(Command::AddContactPoint(email("home", "ann@example.org")))
            .then_rejected(Rejection::TooManyContactPoints);
    }

    #[test]
    fn can_lose_a_contact_point_once() {
        let remove = Command::RemoveContactPoint { id: point_id("work") };
        let removed = || ContactPointRemoved { id: point_id("work") }.into();
        ann().when(remove.clone()).then([removed()]);
        given::<Contact>([registered(), removed()]).when(remove).then_nothing();
    }

    #[test]
    fn can_lose_a_contact_point_that_came_back() {
        let removed = || ContactPointRemoved { id: point_id("work") }.into();
        let back = ContactPointAdded { contact_point: email("work", "ann@example.net") }.into();
        given::<Contact>([registered(), removed(), back])
            .when(Command::RemoveContactPoint { id: point_id("work") })
            .then([removed()]);
    }

    #[test]
    fn cannot_lose_a_contact_point_that_never_was() {
        ann()
            .when(Command::RemoveContactPoint { id: point_id("fax") })
            .then_rejected(Rejection::ContactPointUnknown);
    }

    #[test]
    fn can_be_handed_to_another_owner() {
        let assigned =
            OwnerAssigned { owner: reference("user_2"), previous_owner: Some(reference("user_1")) };
        ann().when(Command::AssignOwner { owner: reference("user_2") }).then([assigned.into()]);
        ann().when(Command::AssignOwner { owner: reference("user_1") }).then_nothing();
        given::<Contact>([Registered { owner: None, ..began() }.into()])
            .when(Command::AssignOwner { owner: reference("user_1") })
            .then([OwnerAssigned { owner: reference("user_1"), previous_owner: None }.into()]);
    }

    #[test]
    fn can_move_to_another_lifecycle_stage() {
        let moved = LifecycleStageChanged { from: LifecycleStage::Lead, to: LifecycleStage::Customer };
        ann().when(Command::ChangeLifecycleStage { stage: LifecycleStage::Customer }).then([moved.into()]);
        ann().when(Command::ChangeLifecycleStage { stage: LifecycleStage::Lead }).then_nothing();
    }

    #[test]
    fn can_have_a_field_set_and_cleared() {
        ann().when(Command::SetSegment { key: key("region"), value: label("East") }).then([SegmentSet {
            key: key("region"),
            value: label("East"),
        }
        .into()]);
        ann().when(Command::SetSegment { key: key("region"), value: label("West") }).then_nothing();
        ann()
            .when(Command::ClearSegment { key: key("region") })
            .then([SegmentCleared { key: key("region") }.into()]);
        ann().when(Command::ClearSegment { key: key("industry") }).then_nothing();
    }

    #[test]
    fn cannot_have_more_fields_than_the_limit_but_can_change_one() {
        let full = || given::<Contact>([Registered { segments: fields(SEGMENTS_MAX), ..began() }.into()]);
        full()
            .when(Command::SetSegment { key: key("industry"), value: label("Retail") })
            .then_rejected(Rejection::TooManySegments);
        full().when(Command::SetSegment { key: key("field_0"), value: label("y") }).then([SegmentSet {
            key: key("field_0"),
            value: label("y"),
        }
        .into()]);
    }

    #[test]
    fn can_be_archived() {
        ann().when(Command::Archive).then([archived()]);
    }

    #[test]
    fn has_nothing_to_be_restored_from() {
        ann().when(Command::Restore).then_nothing();
    }
}

mod archived_contact {
    use super::*;

    fn ann() -> Given<Contact> {
        given([registered(), archived()])
    }

    #[test]
    fn can_be_restored() {
        ann().when(Command::Restore).then([Restored {}.into()]);
    }

    #[test]
    fn archived_again_changes_nothing() {
        ann().when(Command::Archive).then_nothing();
    }

    #[test]
    fn registered_again_in_the_same_words_stays_archived() {
        ann().when(Command::Register(register())).then_nothing();
    }

    #[test]
    fn cannot_be_registered_in_other_words() {
        ann()
            .when(Command::Register(Register { name: name("Bob Lee"), ..register() }))
            .then_rejected(Rejection::AlreadyRegistered);
    }

    #[test]
    fn takes_no_change() {
        for command in changes() {
            ann().when(command).then_rejected(Rejection::Archived);
        }
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons = [
        (Rejection::NotRegistered, "CONTACT_NOT_FOUND"),
        (Rejection::AlreadyRegistered, "CONTACT_ALREADY_REGISTERED"),
        (Rejection::Archived, "CONTACT_ARCHIVED"),
        (Rejection::ContactPointExists, "CONTACT_POINT_EXISTS"),
        (Rejection::ContactPointUnknown, "CONTACT_POINT_NOT_FOUND"),
        (Rejection::TooManyContactPoints, "CONTACT_POINTS_EXHAUSTED"),
        (Rejection::TooManySegments, "CONTACT_SEGMENTS_EXHAUSTED"),
        (Rejection::OnLegalHold { matter: reference("case_1") }, "CONTACT_ON_LEGAL_HOLD"),
        (Rejection::LegalHoldUnknown, "LEGAL_HOLD_NOT_FOUND"),
        (Rejection::TooManyLegalHolds, "LEGAL_HOLDS_EXHAUSTED"),
        (Rejection::TooManyDisclosures, "CONTACT_DISCLOSURES_EXHAUSTED"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}

fn request(which: &str) -> crate::id::SubjectRequestId {
    crate::id::SubjectRequestId::derived("tests", which)
}

mod erased_contact {
    use super::*;

    fn erased() -> Event {
        Erased { request_id: request("first") }.into()
    }

    #[test]
    fn comes_of_an_active_or_an_archived_one() {
        let erase = Command::Erase { request_id: request("first") };
        given::<Contact>([registered()]).when(erase.clone()).then([erased()]);
        given::<Contact>([registered(), archived()]).when(erase).then([erased()]);
    }

    #[test]
    fn cannot_come_of_nobody() {
        let erase = Command::Erase { request_id: request("first") };
        given::<Contact>([]).when(erase).then_rejected(Rejection::NotRegistered);
    }

    #[test]
    fn takes_nothing_any_more() {
        for command in [
            Command::Register(register()),
            Command::Restore,
            Command::ClearSegment { key: key("region") },
            Command::Erase { request_id: request("second") },
        ] {
            given::<Contact>([registered(), erased()]).when(command).then_rejected(Rejection::Erased);
        }
    }
}
