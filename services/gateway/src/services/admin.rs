//! `AdminService`.

mod answers;
mod reactors;
mod watching;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use rapport_domain::envelope::Position;
use rapport_domain::value::{Invalid, Label};
use rapport_projections::Skip;
use rapport_proto::v1 as wire;
use rapport_proto::v1::admin_service_server::AdminService;
use tonic::{Request, Response, Status};

use super::Services;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::Fields;
use answers::projection;
use reactors::reactor;
use watching::ProjectionsWatch;

#[tonic::async_trait]
impl AdminService for Services {
    type WatchProjectionsStream = BoxStream<'static, Result<wire::WatchProjectionsResponse, Status>>;

    async fn list_projections(
        &self,
        _request: Request<wire::ListProjectionsRequest>,
    ) -> Result<Response<wire::ListProjectionsResponse>, Status> {
        let projections = self.projections.list().await.into_iter().map(projection).collect();
        Ok(Response::new(wire::ListProjectionsResponse { projections }))
    }

    async fn watch_projections(
        &self,
        request: Request<wire::WatchProjectionsRequest>,
    ) -> Result<Response<Self::WatchProjectionsStream>, Status> {
        let watch = ProjectionsWatch::parse(self, request.get_ref())?;
        Ok(Response::new(self.watches.open(watch, &self.stopping).await?.boxed()))
    }

    async fn rebuild_projection(
        &self,
        request: Request<wire::RebuildProjectionRequest>,
    ) -> Result<Response<wire::RebuildProjectionResponse>, Status> {
        let wire::RebuildProjectionRequest { name, require_equal } = request.get_ref();
        self.projections.rebuild(name, *require_equal).await.map_err(Error::from)?;
        Ok(Response::new(wire::RebuildProjectionResponse {}))
    }

    async fn switch_projection(
        &self,
        request: Request<wire::SwitchProjectionRequest>,
    ) -> Result<Response<wire::SwitchProjectionResponse>, Status> {
        self.projections.switch(&request.get_ref().name).await.map_err(Error::from)?;
        Ok(Response::new(wire::SwitchProjectionResponse {}))
    }

    async fn discard_projection(
        &self,
        request: Request<wire::DiscardProjectionRequest>,
    ) -> Result<Response<wire::DiscardProjectionResponse>, Status> {
        self.projections.discard(&request.get_ref().name).await.map_err(Error::from)?;
        Ok(Response::new(wire::DiscardProjectionResponse {}))
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

    async fn list_reactors(
        &self,
        _request: Request<wire::ListReactorsRequest>,
    ) -> Result<Response<wire::ListReactorsResponse>, Status> {
        let reactors = self.reactors.list().into_iter().map(reactor).collect();
        Ok(Response::new(wire::ListReactorsResponse { reactors }))
    }

    async fn pause_reactor(
        &self,
        request: Request<wire::PauseReactorRequest>,
    ) -> Result<Response<wire::PauseReactorResponse>, Status> {
        self.reactors.pause(&request.get_ref().name).map_err(Error::from)?;
        Ok(Response::new(wire::PauseReactorResponse {}))
    }

    async fn resume_reactor(
        &self,
        request: Request<wire::ResumeReactorRequest>,
    ) -> Result<Response<wire::ResumeReactorResponse>, Status> {
        self.reactors.resume(&request.get_ref().name).map_err(Error::from)?;
        Ok(Response::new(wire::ResumeReactorResponse {}))
    }

    async fn skip_event(
        &self,
        request: Request<wire::SkipEventRequest>,
    ) -> Result<Response<wire::SkipEventResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let reason = fields.required("reason", &message.reason, Label::parse);
        if message.position == 0 {
            fields.refuse("position", Invalid::new("FIELD_MISSING", "expected the position of an event"));
        }
        let (call, reason) = fields.finish((call, reason))?;
        let skip = Skip {
            position: Position(message.position),
            reason,
            actor: call.actor,
            request_id: call.request_id,
            occurred_at: call.occurred_at.unwrap_or_else(|| self.application.now()),
        };
        self.projections.skip(&message.name, skip).await.map_err(Error::from)?;
        Ok(Response::new(wire::SkipEventResponse {}))
    }
}
