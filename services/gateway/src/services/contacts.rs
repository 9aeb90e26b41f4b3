//! `ContactService`.

mod answers;

use std::collections::BTreeSet;

use rapport_domain::contact::{Command, ContactPointEntry, Disclosure, LifecycleStage, Register};
use rapport_domain::id::{ContactId, ContactPointId};
use rapport_domain::personal::Personal;
use rapport_domain::value::{
    ContactPoint, ContactPointKind, Date, ExternalRef, Invalid, Key, Label, Name, Reference,
};
use rapport_proto::v1 as wire;
use rapport_proto::v1::contact_service_server::ContactService;
use tonic::{Request, Response, Status};

pub(super) use self::answers::disclosure;
use super::commands::commands;
use super::{Answering, Services};
use crate::access::admitted;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::{known, receipt};

/// Most contact points of one request.
const CONTACT_POINTS_MAX: usize = 50;
/// Most categories of data of one disclosure.
const DATA_CATEGORIES_MAX: usize = 20;

#[tonic::async_trait]
impl ContactService for Services {
    commands! {
        contact by contact_id: ContactId;
        correct_contact_name(CorrectContactNameRequest) -> CorrectContactNameResponse: |fields, message| {
            fields.required("name", &message.name, Name::parse).map(|name| Command::CorrectName { name: name.into() })
        };
        remove_contact_point(RemoveContactPointRequest) -> RemoveContactPointResponse: |fields, message| {
            fields
                .required("contact_point_id", &message.contact_point_id, ContactPointId::parse)
                .map(|id| Command::RemoveContactPoint { id })
        };
        assign_contact_owner(AssignContactOwnerRequest) -> AssignContactOwnerResponse: |fields, message| {
            fields.required("owner", &message.owner, Reference::parse).map(|owner| Command::AssignOwner { owner })
        };
        change_lifecycle_stage(ChangeLifecycleStageRequest) -> ChangeLifecycleStageResponse: |fields, message| {
            fields
                .enumerated("lifecycle_stage", message.lifecycle_stage, known::<wire::LifecycleStage>)
                .map(|stage| Command::ChangeLifecycleStage { stage })
        };
        set_contact_segment(SetContactSegmentRequest) -> SetContactSegmentResponse: |fields, message| {
            let key = fields.required("key", &message.key, Key::parse);
            let value = fields.required("value", &message.value, Label::parse);
            key.zip(value).map(|(key, value)| Command::SetSegment { key, value })
        };
        clear_contact_segment(ClearContactSegmentRequest) -> ClearContactSegmentResponse: |fields, message| {
            fields.required("key", &message.key, Key::parse).map(|key| Command::ClearSegment { key })
        };
        archive_contact(ArchiveContactRequest) -> ArchiveContactResponse: |fields, message| Some(Command::Archive);
        restore_contact(RestoreContactRequest) -> RestoreContactResponse: |fields, message| Some(Command::Restore);
        place_legal_hold(PlaceLegalHoldRequest) -> PlaceLegalHoldResponse: |fields, message| {
            let matter = fields.required("matter", &message.matter, Reference::parse);
            let reason = fields.required("reason", &message.reason, Label::parse);
            let until = fields.optional("until", &message.until, Date::parse);
            matter.zip(reason).zip(until).map(|((matter, reason), until)| Command::PlaceLegalHold { matter, reason, until })
        };
        propose_legal_hold_release(ProposeLegalHoldReleaseRequest) -> ProposeLegalHoldReleaseResponse: |fields, message| {
            let matter = fields.required("matter", &message.matter, Reference::parse);
            let reason = fields.required("reason", &message.reason, Label::parse);
            matter.zip(reason).map(|(matter, reason)| Command::ProposeLegalHoldRelease { matter, reason })
        };
        approve_legal_hold_release(ApproveLegalHoldReleaseRequest) -> ApproveLegalHoldReleaseResponse: |fields, message| {
            let matter = fields.required("matter", &message.matter, Reference::parse);
            matter.map(|matter| Command::ApproveLegalHoldRelease { matter })
        };
        release_legal_hold(ReleaseLegalHoldRequest) -> ReleaseLegalHoldResponse: |fields, message| {
            let matter = fields.required("matter", &message.matter, Reference::parse);
            let reason = fields.required("reason", &message.reason, Label::parse);
            matter.zip(reason).map(|(matter, reason)| Command::ReleaseLegalHold { matter, reason })
        };
        record_disclosure(RecordDisclosureRequest) -> RecordDisclosureResponse:
            |fields, message| disclosed(&mut fields, &message).map(Command::RecordDisclosure);
    }

    async fn register_contact(
        &self,
        request: Request<wire::RegisterContactRequest>,
    ) -> Result<Response<wire::RegisterContactResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let request_id = request_id(message.header.as_ref());
        let id = fields.minted("contact_id", &message.contact_id, ContactId::parse, || {
            ContactId::derived("request", request_id)
        });
        let register = registration(&mut fields, &message, request_id);
        let (id, register, call) = fields.finish((id, register, call))?;
        let done =
            self.application.contact(id, Command::Register(register), call).await.map_err(Error::from)?;
        Ok(Response::new(wire::RegisterContactResponse {
            contact_id: id.to_string(),
            receipt: Some(receipt(done)),
        }))
    }

    async fn add_contact_point(
        &self,
        request: Request<wire::AddContactPointRequest>,
    ) -> Result<Response<wire::AddContactPointResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let request_id = request_id(message.header.as_ref());
        let entry = match &message.contact_point {
            Some(point) => contact_point(&mut fields, "contact_point", point, request_id, 0),
            None => fields.missing("contact_point"),
        };
        let (id, entry, call) = fields.finish((id, entry, call))?;
        let contact_point_id = entry.id.to_string();
        let done =
            self.application.contact(id, Command::AddContactPoint(entry), call).await.map_err(Error::from)?;
        Ok(Response::new(wire::AddContactPointResponse { contact_point_id, receipt: Some(receipt(done)) }))
    }

    async fn get_contact(
        &self,
        request: Request<wire::GetContactRequest>,
    ) -> Result<Response<wire::GetContactResponse>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_contact(&admitted, request.into_inner()).await?))
    }

    async fn search_contacts(
        &self,
        request: Request<wire::SearchContactsRequest>,
    ) -> Result<Response<wire::SearchContactsResponse>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_search(&admitted, request.into_inner()).await?))
    }

    async fn list_contacts(
        &self,
        request: Request<wire::ListContactsRequest>,
    ) -> Result<Response<wire::ListContactsResponse>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_contacts(&admitted, request.into_inner()).await?))
    }

    async fn list_legal_holds(
        &self,
        request: Request<wire::ListLegalHoldsRequest>,
    ) -> Result<Response<wire::ListLegalHoldsResponse>, Status> {
        let mut fields = Fields::new();
        let id = fields.required("contact_id", &request.get_ref().contact_id, ContactId::parse);
        let id = fields.finish(id)?;
        let (holds, today) = self.application.legal_holds(&id).await.map_err(Error::from)?;
        Ok(Response::new(answers::legal_holds(&holds, today)))
    }

    async fn list_disclosures(
        &self,
        request: Request<wire::ListDisclosuresRequest>,
    ) -> Result<Response<wire::ListDisclosuresResponse>, Status> {
        let mut fields = Fields::new();
        let id = fields.required("contact_id", &request.get_ref().contact_id, ContactId::parse);
        let id = fields.finish(id)?;
        let disclosures = self.application.disclosures(&id).await.map_err(Error::from)?;
        let disclosures = disclosures.all().map(disclosure).collect();
        Ok(Response::new(wire::ListDisclosuresResponse { disclosures }))
    }
}

fn disclosed(fields: &mut Fields, message: &wire::RecordDisclosureRequest) -> Option<Disclosure> {
    let recipient = fields.required("recipient", &message.recipient, Label::parse);
    let data_categories = data_categories(fields, &message.data_categories);
    let purpose = fields.required("purpose", &message.purpose, Label::parse);
    Some(Disclosure { recipient: recipient?, data_categories: data_categories?, purpose: purpose? })
}

fn data_categories(fields: &mut Fields, categories: &[String]) -> Option<BTreeSet<Label>> {
    fields.filled("data_categories", categories, DATA_CATEGORIES_MAX, |fields, path, category| {
        fields.required(path, category, Label::parse)
    })
}

fn registration(
    fields: &mut Fields,
    message: &wire::RegisterContactRequest,
    request_id: &str,
) -> Option<Register> {
    let kind = fields.enumerated("kind", message.kind, known::<wire::ContactKind>);
    let name = fields.required("name", &message.name, Name::parse);
    let contact_points = contact_points(fields, &message.contact_points, request_id);
    let owner = fields.optional("owner", &message.owner, Reference::parse);
    let lifecycle_stage = match wire::LifecycleStage::try_from(message.lifecycle_stage) {
        Ok(stage) => Some(known(stage).unwrap_or(LifecycleStage::Lead)),
        Err(_) => fields.unknown("lifecycle_stage"),
    };
    let segments = fields.segments("segments", &message.segments);
    let external_ref = fields.optional("external_ref", &message.external_ref, ExternalRef::parse);
    Some(Register {
        kind: kind?,
        name: Personal::Clear(name?),
        contact_points: contact_points?,
        owner: owner?,
        lifecycle_stage: lifecycle_stage?,
        segments: segments?,
        external_ref: external_ref?,
    })
}

pub(super) fn contact_points(
    fields: &mut Fields,
    points: &[wire::NewContactPoint],
    request_id: &str,
) -> Option<Vec<ContactPointEntry>> {
    if points.len() > CONTACT_POINTS_MAX {
        let expected = format!("expected at most {CONTACT_POINTS_MAX} entries");
        fields.refuse("contact_points", Invalid::new("TOO_MANY", expected));
        return None;
    }
    // Every entry is read, so that every fault is found; only then is it asked whether all were well.
    let entries: Vec<Option<ContactPointEntry>> = points
        .iter()
        .enumerate()
        .map(|(index, point)| {
            contact_point(fields, &format!("contact_points[{index}]"), point, request_id, index)
        })
        .collect();
    entries.into_iter().collect()
}

fn contact_point(
    fields: &mut Fields,
    path: &str,
    new: &wire::NewContactPoint,
    request_id: &str,
    index: usize,
) -> Option<ContactPointEntry> {
    use wire::new_contact_point::Point;
    let id = fields.minted(
        &format!("{path}.contact_point_id"),
        &new.contact_point_id,
        ContactPointId::parse,
        || ContactPointId::derived("request", &format!("{request_id}/{index}")),
    );
    let (field, kind, text) = match &new.point {
        Some(Point::Email(text)) => ("email", ContactPointKind::Email, text),
        Some(Point::Phone(text)) => ("phone", ContactPointKind::Phone, text),
        Some(Point::Postal(text)) => ("postal", ContactPointKind::Postal, text),
        Some(Point::Social(text)) => ("social", ContactPointKind::Social, text),
        None => return fields.missing(&format!("{path}.point")),
    };
    let point = fields.check(&format!("{path}.{field}"), ContactPoint::parse(kind, text));
    Some(ContactPointEntry::new(id?, point?))
}
