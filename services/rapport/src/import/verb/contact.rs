//! Contacts.

use rapport_domain::id::ContactId;
use rapport_domain::value::{
    EmailAddress, ExternalRef, Label, Name, PhoneNumber, PostalAddress, Reference, SocialHandle,
};
use rapport_proto::v1::new_contact_point::Point;
use rapport_proto::v1::{
    ContactKind, LifecycleStage, NewContactPoint, RegisterContactRequest, SetContactSegmentRequest,
};

use super::{Cells, FieldSpec, Verb, many, optional, required, required_or};
use crate::command::Command;

const REGISTER_FIELDS: &[FieldSpec] = &[
    required("kind", "kind"),
    required("name", "name"),
    optional("email", "contact_points"),
    optional("phone", "contact_points"),
    optional("postal", "contact_points"),
    optional("social", "contact_points"),
    optional("owner", "owner"),
    optional("lifecycle_stage", "lifecycle_stage"),
    optional("external_ref", "external_ref"),
    many("segments", "segments"),
];
pub(super) const REGISTER: Verb = Verb { word: "register_contact", own: REGISTER_FIELDS, build: register };

fn register(cells: &mut Cells<'_>) -> Command {
    RegisterContactRequest {
        header: cells.header_by_content(),
        contact_id: ContactId::derived(cells.source(), cells.key()).to_string(),
        kind: cells.required_word::<ContactKind>("kind"),
        name: cells.required_text("name", Name::parse),
        contact_points: contact_points(cells),
        owner: cells.text("owner", Reference::parse),
        lifecycle_stage: cells.word::<LifecycleStage>("lifecycle_stage"),
        segments: cells.segments(),
        external_ref: cells.text("external_ref", ExternalRef::parse),
    }
    .into()
}

pub(super) fn contact_points(cells: &mut Cells<'_>) -> Vec<NewContactPoint> {
    let points = [
        cells.read("email", |text| {
            EmailAddress::parse(text).map(|email| Point::Email(email.raw().to_owned()))
        }),
        cells
            .read("phone", |text| PhoneNumber::parse(text).map(|phone| Point::Phone(phone.raw().to_owned()))),
        cells.read("postal", |text| {
            PostalAddress::parse(text).map(|address| Point::Postal(address.as_str().to_owned()))
        }),
        cells.read("social", |text| {
            SocialHandle::parse(text).map(|handle| Point::Social(handle.as_str().to_owned()))
        }),
    ];
    let points = points.into_iter().flatten();
    points.map(|point| NewContactPoint { contact_point_id: String::new(), point: Some(point) }).collect()
}

const SET_SEGMENT_FIELDS: &[FieldSpec] = &[
    required_or("contact", "contact_id", "contact_id"),
    optional("contact_id", "contact_id"),
    required("segment", "key"),
    required("value", "value"),
];
pub(super) const SET_SEGMENT: Verb =
    Verb { word: "set_contact_segment", own: SET_SEGMENT_FIELDS, build: set_segment };

fn set_segment(cells: &mut Cells<'_>) -> Command {
    SetContactSegmentRequest {
        header: cells.header(),
        contact_id: cells.required_contact(),
        key: cells.required_key("segment"),
        value: cells.required_text("value", Label::parse),
    }
    .into()
}
