//! `AuditService`.

mod proofs;

use rapport_application::ForkDeclared;
use rapport_domain::envelope::Position;
use rapport_domain::value::Label;
use rapport_projections::{QueryError, Thing};
use rapport_proto::v1 as wire;
use rapport_proto::v1::audit_service_server::AuditService;
use rapport_transparency::{Hash, Refusal, Standing};
use tonic::{Request, Response, Status};

pub(crate) use self::proofs::LeadsTo;

use super::Services;
use super::moment::refused;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, event_id};
use crate::wire::receipt;

#[tonic::async_trait]
impl AuditService for Services {
    async fn get_checkpoint(
        &self,
        _request: Request<wire::GetCheckpointRequest>,
    ) -> Result<Response<wire::GetCheckpointResponse>, Status> {
        let Standing { checkpoint, note, key, refusal } = self.notary.standing();
        let cosigned = self.notary.watch_cosigned().borrow().clone();
        Ok(Response::new(wire::GetCheckpointResponse {
            cosigned_size: cosigned.as_ref().map_or(0, |cosigned| cosigned.checkpoint.size),
            cosigned_checkpoint: cosigned.map(|cosigned| cosigned.note.to_string()).unwrap_or_default(),
            checkpoint: note.to_string(),
            verifier_key: key.to_string(),
            size: checkpoint.size,
            refusal: refusal.as_ref().map(Refusal::to_string).unwrap_or_default(),
        }))
    }

    async fn get_proof(
        &self,
        request: Request<wire::GetProofRequest>,
    ) -> Result<Response<wire::GetProofResponse>, Status> {
        let wire::GetProofRequest { position: at, cosigned, event_id } = request.get_ref();
        let leads_to = if *cosigned { LeadsTo::Cosigned } else { LeadsTo::Signed };
        let position = self.named(*at, event_id).await?;
        let proof = self.proof(position, leads_to).await?.to_string();
        Ok(Response::new(wire::GetProofResponse { proof, position: position.0 }))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<wire::GetInclusionProofRequest>,
    ) -> Result<Response<wire::GetInclusionProofResponse>, Status> {
        let wire::GetInclusionProofRequest { position: at, tree_size } = *request.get_ref();
        let (header, found) = self.inclusion(position(at)?, self.size_of(tree_size)).await?;
        Ok(Response::new(wire::GetInclusionProofResponse {
            index: found.index,
            tree_size: found.size,
            root: found.root.0.to_vec(),
            hashes: bytes(&found.hashes),
            header,
        }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<wire::GetConsistencyProofRequest>,
    ) -> Result<Response<wire::GetConsistencyProofResponse>, Status> {
        let wire::GetConsistencyProofRequest { from_size, to_size } = *request.get_ref();
        let to_size = self.size_of(to_size);
        let found = self.consistency(from_size, to_size).await?;
        Ok(Response::new(wire::GetConsistencyProofResponse {
            to_size,
            from_root: found.older.0.to_vec(),
            to_root: found.newer.0.to_vec(),
            hashes: bytes(&found.hashes),
        }))
    }

    async fn declare_fork(
        &self,
        request: Request<wire::DeclareForkRequest>,
    ) -> Result<Response<wire::DeclareForkResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let reason = fields.required("reason", &message.reason, Label::parse);
        let (call, reason) = fields.finish((call, reason))?;
        let standing = self.notary.standing();
        if standing.refusal.is_none() {
            return Err(Error::ForkUnfounded.into());
        }
        let origin = self.notary.next_origin();
        let fork = ForkDeclared {
            older_origin: standing.checkpoint.origin,
            older_size: standing.checkpoint.size,
            older_root: standing.checkpoint.root.to_string(),
            newer_origin: origin.clone(),
            reason,
        };
        // First the log says so: whoever reads it learns why it has another name from there on.
        let done = self.application.declare_fork(&fork, call).await.map_err(Error::from)?;
        self.notary.begin_anew(&origin).map_err(Error::from)?;
        tracing::warn!(origin, "an operator declared a fork: checkpoints begin anew under another name");
        let verifier_key = self.notary.standing().key.to_string();
        Ok(Response::new(wire::DeclareForkResponse { receipt: Some(receipt(done)), origin, verifier_key }))
    }
}

impl Services {
    /// The event that a request names, by its position or its id.
    async fn named(&self, at: u64, id: &str) -> Result<Position, Error> {
        match (at, id.is_empty()) {
            (_, true) => position(at),
            (0, false) => {
                let mut fields = Fields::new();
                let id = fields.required("event_id", id, event_id);
                let id = fields.finish(id)?;
                let found = self.application.position_of(id).await?;
                Ok(found.ok_or(QueryError::NotFound { what: Thing::Event })?)
            }
            (_, false) => Err(refused(
                "event_id",
                "EVENT_NAMED_TWICE",
                "expected nothing beside a position: either of them names the event",
            )),
        }
    }

    /// The size that a request names; of the last checkpoint where it names none.
    fn size_of(&self, size: u64) -> u64 {
        if size == 0 { self.notary.standing().checkpoint.size } else { size }
    }
}

fn position(position: u64) -> Result<Position, Error> {
    if position > 0 {
        return Ok(Position(position));
    }
    Err(refused("position", "FIELD_MISSING", "expected the position of an event"))
}

fn bytes(hashes: &[Hash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.0.to_vec()).collect()
}
