//! Answers about contacts.

use std::collections::BTreeSet;

use rapport_domain::contact::{ContactPointEntry, Disclosed, LegalHold, LegalHolds};
use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::value::{
    ContactPoint, ContactPointKind, Date, EmailAddress, ExternalRef, Name, PhoneNumber,
};
use rapport_projections::directory::{ContactProfile, ContactSearch};
use rapport_proto::v1 as wire;

use crate::access::Admitted;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known as _, Reader, actor, segments, text, timestamp};

/// The holds that were not released.
pub(super) fn legal_holds(holds: &LegalHolds, today: Date) -> wire::ListLegalHoldsResponse {
    let placed = holds.placed().filter_map(|(matter, hold)| match hold {
        LegalHold::Placed { reason, until, placed_by, release } => Some(wire::LegalHold {
            matter: matter.to_string(),
            reason: reason.to_string(),
            until: text(until.as_ref()),
            placed_by: Some(actor(placed_by)),
            stands: hold.stands_on(today),
            release_proposed_by: release.as_ref().map(|release| actor(&release.proposed_by)),
            release_reason: text(release.as_ref().map(|release| &release.reason)),
        }),
        LegalHold::Released => None,
    });
    wire::ListLegalHoldsResponse { legal_holds: placed.collect() }
}

/// That data of a contact went out.
pub(in crate::services) fn disclosure(disclosed: &Disclosed) -> wire::Disclosure {
    wire::Disclosure {
        recipient: disclosed.recipient.to_string(),
        data_categories: disclosed.data_categories.iter().map(ToString::to_string).collect(),
        purpose: disclosed.purpose.to_string(),
        disclosed_at: Some(timestamp(disclosed.disclosed_at)),
        recorded_by: disclosed.recorded_by.to_string(),
    }
}

impl Services {
    pub(in crate::services) async fn answer_contact(
        &self,
        admitted: &Admitted,
        message: wire::GetContactRequest,
    ) -> Result<wire::GetContactResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let id = fields.finish(id)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.directory().contact(moment.freshness, id).await)?;
        let contact =
            self.profiles(admitted, answer.value.into_iter().collect(), answer.position).await?.pop();
        Ok(wire::GetContactResponse { contact, position: answer.position.0, as_of: moment.as_of() })
    }

    pub(super) async fn answer_search(
        &self,
        admitted: &Admitted,
        message: wire::SearchContactsRequest,
    ) -> Result<wire::SearchContactsResponse, Error> {
        let mut fields = Fields::new();
        let search = sought(&mut fields, message.by.as_ref());
        let search = fields.finish(search)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.directory().search(moment.freshness, search).await?;
        // Whoever is about to be erased is not found, as they will not be then.
        self.application.withheld_known().await;
        let mut found = answer.value;
        found.retain(|contact| !self.application.withholds(&contact.contact_id));
        let contacts = self.profiles(admitted, found, answer.position).await?;
        Ok(wire::SearchContactsResponse { contacts, position: answer.position.0, as_of: moment.as_of() })
    }

    pub(super) async fn answer_contacts(
        &self,
        admitted: &Admitted,
        message: wire::ListContactsRequest,
    ) -> Result<wire::ListContactsResponse, Error> {
        let mut fields = Fields::new();
        let page = fields.page(message.page.as_ref());
        let page = fields.finish(page)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.directory().list(moment.freshness, page).await?;
        Ok(wire::ListContactsResponse {
            contacts: self.profiles(admitted, answer.value.page.items, answer.position).await?,
            next_page_token: answer.value.page.next_page_token,
            total: answer.value.total,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    async fn profiles(
        &self,
        admitted: &Admitted,
        contacts: Vec<ContactProfile>,
        position: Position,
    ) -> Result<Vec<wire::ContactProfile>, Error> {
        let about: BTreeSet<ContactId> = contacts.iter().map(|contact| contact.contact_id).collect();
        let profiles = |reader: &Reader<'_>| {
            contacts.into_iter().map(|contact| profile(reader, contact)).collect::<Result<_, _>>()
        };
        self.disclosing(admitted, &about, position, profiles).await
    }
}

fn sought(fields: &mut Fields, by: Option<&wire::search_contacts_request::By>) -> Option<ContactSearch> {
    use wire::search_contacts_request::By;
    match by {
        Some(By::Email(text)) => {
            fields.required("email", text, EmailAddress::parse).map(ContactSearch::Email)
        }
        Some(By::Phone(text)) => fields.required("phone", text, PhoneNumber::parse).map(ContactSearch::Phone),
        Some(By::ExternalRef(text)) => {
            fields.required("external_ref", text, ExternalRef::parse).map(ContactSearch::ExternalRef)
        }
        None => fields.missing("by"),
    }
}

fn profile(reader: &Reader<'_>, contact: ContactProfile) -> Result<wire::ContactProfile, Error> {
    let id = contact.contact_id;
    let contact_points = contact.contact_points.into_iter().map(|point| contact_point(reader, &id, point));
    Ok(wire::ContactProfile {
        contact_id: id.to_string(),
        kind: wire::ContactKind::number(contact.kind),
        name: Some(reader.personal(&id, contact.name, Name::to_string)?),
        contact_points: contact_points.collect::<Result<_, Error>>()?,
        owner: text(contact.owner.as_ref()),
        lifecycle_stage: wire::LifecycleStage::number(contact.lifecycle_stage),
        segments: segments(&contact.segments),
        external_ref: text(contact.external_ref.as_ref()),
        archived: contact.archived,
        erased: contact.erased,
        registered_at: Some(timestamp(contact.registered_at)),
        revision: contact.revision.0,
    })
}

fn contact_point(
    reader: &Reader<'_>,
    subject: &ContactId,
    entry: ContactPointEntry,
) -> Result<wire::ContactPointView, Error> {
    let kind = match entry.kind {
        ContactPointKind::Email => "email",
        ContactPointKind::Phone => "phone",
        ContactPointKind::Postal => "postal",
        ContactPointKind::Social => "social",
    };
    let point = reader.personal(subject, entry.point, |point: &ContactPoint| point.raw().to_owned())?;
    Ok(wire::ContactPointView {
        contact_point_id: entry.id.to_string(),
        kind: kind.to_owned(),
        point: Some(point),
    })
}
