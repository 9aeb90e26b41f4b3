//! `AccessService`.

use rapport_application::Opened;
use rapport_domain::access::Basis;
use rapport_domain::id::ContactId;
use rapport_projections::access::{Access, Denial};
use rapport_proto::v1 as wire;
use rapport_proto::v1::access_service_server::AccessService;
use tonic::{Request, Response, Status};

use super::Services;
use crate::access::{Admitted, admitted};
use crate::error::Error;
use crate::parse::Fields;
use crate::wire::{actor, text, timestamp};

#[tonic::async_trait]
impl AccessService for Services {
    async fn list_accesses(
        &self,
        request: Request<wire::ListAccessesRequest>,
    ) -> Result<Response<wire::ListAccessesResponse>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_accesses(&admitted, request.into_inner()).await?))
    }

    async fn list_denials(
        &self,
        request: Request<wire::ListDenialsRequest>,
    ) -> Result<Response<wire::ListDenialsResponse>, Status> {
        Ok(Response::new(self.answer_denials(request.into_inner()).await?))
    }
}

impl Services {
    pub(in crate::services) async fn answer_accesses(
        &self,
        admitted: &Admitted,
        message: wire::ListAccessesRequest,
    ) -> Result<wire::ListAccessesResponse, Error> {
        let mut fields = Fields::new();
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let page = fields.page(message.page.as_ref());
        let (contact_id, page) = fields.finish((contact_id, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.access().of(moment.freshness, contact_id, page).await?;
        // Who looks at the looks is looked at too.
        self.record.opened(admitted, Opened::from([(contact_id, [].into())])).await?;
        Ok(wire::ListAccessesResponse {
            accesses: answer.value.items.into_iter().map(access).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    async fn answer_denials(
        &self,
        message: wire::ListDenialsRequest,
    ) -> Result<wire::ListDenialsResponse, Error> {
        let mut fields = Fields::new();
        let page = fields.page(message.page.as_ref());
        let page = fields.finish(page)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.access().denials(moment.freshness, page).await?;
        Ok(wire::ListDenialsResponse {
            denials: answer.value.items.into_iter().map(denial).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

fn access(access: Access) -> wire::Access {
    let (policies, policies_sha256) = basis(access.permitted);
    wire::Access {
        position: access.position.0,
        recorded_at: Some(timestamp(access.recorded_at)),
        actor: Some(actor(&access.actor)),
        rpc: access.rpc.to_string(),
        classes: access.classes.into_iter().map(|class| class.as_str().to_owned()).collect(),
        purpose: text(access.purpose.as_ref()),
        policies_sha256,
        policies,
        subjects: access.subjects,
        cases: access.cases.iter().map(ToString::to_string).collect(),
    }
}

fn denial(denial: Denial) -> wire::Denial {
    let (policies, policies_sha256) = basis(denial.denied);
    wire::Denial {
        position: denial.position.0,
        recorded_at: Some(timestamp(denial.recorded_at)),
        actor: Some(actor(&denial.actor)),
        rpc: denial.rpc.to_string(),
        personal: denial.personal,
        unwritten: denial.unwritten,
        purpose: text(denial.purpose.as_ref()),
        policies_sha256,
        policies,
    }
}

/// The names of the policies that decided, and the digest of all that were in force.
fn basis(basis: Option<Basis>) -> (Vec<String>, String) {
    basis.map_or_else(Default::default, |Basis { policies, policies_sha256 }| {
        (policies.into_iter().collect(), policies_sha256)
    })
}
