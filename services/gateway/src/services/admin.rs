//! `AdminService`.

use rapport_projections::{ProjectionStatus, State};
use rapport_proto::v1 as wire;
use rapport_proto::v1::admin_service_server::AdminService;
use tonic::{Request, Response, Status};

use super::Services;
use crate::error::Error;

#[tonic::async_trait]
impl AdminService for Services {
    async fn list_projections(
        &self,
        _request: Request<wire::ListProjectionsRequest>,
    ) -> Result<Response<wire::ListProjectionsResponse>, Status> {
        let projections = self.projections.list().await.into_iter().map(projection).collect();
        Ok(Response::new(wire::ListProjectionsResponse { projections }))
    }

    async fn rebuild_projection(
        &self,
        request: Request<wire::RebuildProjectionRequest>,
    ) -> Result<Response<wire::RebuildProjectionResponse>, Status> {
        self.projections.rebuild(&request.get_ref().name).await.map_err(Error::from)?;
        Ok(Response::new(wire::RebuildProjectionResponse {}))
    }

    async fn pause_projection(
        &self,
        request: Request<wire::PauseProjectionRequest>,
    ) -> Result<Response<wire::PauseProjectionResponse>, Status> {
        self.projections.pause(&request.get_ref().name).await.map_err(Error::from)?;
        Ok(Response::new(wire::PauseProjectionResponse {}))
    }

    async fn resume_projection(
        &self,
        request: Request<wire::ResumeProjectionRequest>,
    ) -> Result<Response<wire::ResumeProjectionResponse>, Status> {
        self.projections.resume(&request.get_ref().name).await.map_err(Error::from)?;
        Ok(Response::new(wire::ResumeProjectionResponse {}))
    }
}

fn projection(status: ProjectionStatus) -> wire::Projection {
    let state = match &status.state {
        State::Running => wire::ProjectionState::Running,
        State::Paused => wire::ProjectionState::Paused,
        State::Parked(_) => wire::ProjectionState::Parked,
    };
    let parked = status.parked();
    wire::Projection {
        name: status.name.to_owned(),
        version: status.version,
        state: state.into(),
        position: status.position.0,
        head: status.head.0,
        parked_position: parked.map_or(0, |parked| parked.position.0),
        parked_event_type: parked.map(|parked| parked.event_type.clone()).unwrap_or_default(),
        parked_error: parked.map(|parked| parked.error.to_string()).unwrap_or_default(),
        events_behind: status.events_behind,
    }
}
