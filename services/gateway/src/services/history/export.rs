//! Tables for analysts. The server hands out rows, column by column; files are written by whoever takes them.

mod events;
mod rows;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt as _, stream};
use rapport_application::{Application, HistoryFilter, HistoryQuery, Look, Reveal, Shown};
use rapport_domain::envelope::Position;
use rapport_domain::value::Invalid;
use rapport_projections::export::{ExportError, ModelExport, Part, Show};
use rapport_projections::{Answer, Freshness, QueryError};
use rapport_proto::v1 as wire;
use rapport_proto::v1::export_request::What;
use rapport_proto::v1::export_response;
use tokio::sync::mpsc;
use tonic::Status;

use super::{entries, plain};
use crate::access::Admitted;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::services::streams::until_stopped;

/// Parts that are ready before they are taken.
const PARTS_READY_MAX: usize = 2;
/// What stands where the key of a value is destroyed.
const ERASED: &str = "[erased]";
/// What the log is called where a position of it is waited for.
const LOG: &str = "log";

/// What is handed out, and to its end.
pub(super) type Export = BoxStream<'static, Result<wire::ExportResponse, Status>>;

impl Services {
    pub(super) async fn answer_export(
        &self,
        admitted: Admitted,
        message: wire::ExportRequest,
    ) -> Result<Export, Error> {
        let reveal = if message.open_personal { Reveal::Clear } else { Reveal::Pseudonyms };
        let look = Arc::new(self.record.look(&admitted).await);
        self.record.may_have(&admitted, &look, reveal).await?;
        let moment = self.moment(message.header.as_ref()).await?;
        let freshness = moment.freshness;
        let (parts, taken) = mpsc::channel(PARTS_READY_MAX);
        let work = match message.what {
            Some(What::Events(events)) => {
                let filter = parse_filter(&events)?;
                let from = Position(events.from_position);
                let to = self.end_of_log(freshness).await?;
                let query = HistoryQuery { from, to: Some(to), follow: false, filter, reveal: Some(reveal) };
                let history = self.application.history(&look, query)?;
                tokio::spawn(events::hand_over(history, to, parts))
            }
            Some(What::Model(model)) => {
                let export = self.tables(&model)?;
                let show = show(Arc::clone(&self.application), Arc::clone(&look), reveal);
                tokio::spawn(async move { Ok(export.run(freshness, show, parts).await?) })
            }
            None => return Err(missing()),
        };
        let parts = stream::unfold(taken, async |mut taken| taken.recv().await.map(|part| (part, taken)));
        let ended = stream::once(async move {
            let Answer { position, value } = work.await.map_err(|_| Error::Panicked)??;
            let ended = wire::ExportEnded { position: position.0, rows: value, as_of: moment.as_of() };
            Ok(response(export_response::Part::Ended(ended)))
        });
        let parts = self.record.disclosed(admitted, look, parts.map(|part| Ok(answer(part))));
        Ok(until_stopped(parts.chain(ended), &self.stopping).boxed())
    }

    /// Where an export of the log ends: at the moment that is asked about, or where the log ends now.
    pub(in crate::services) async fn end_of_log(&self, freshness: Freshness) -> Result<Position, Error> {
        if let Some(as_of) = freshness.as_of {
            return Ok(as_of);
        }
        let head = self.application.head().await?;
        let requested = freshness.min_position;
        if head < requested {
            return Err(QueryError::Behind { projection: LOG, requested, current: head }.into());
        }
        Ok(head)
    }

    /// The tables that are asked for.
    fn tables(&self, model: &wire::ExportModel) -> Result<ModelExport, Error> {
        let mut export = self.projections.export(&model.name)?;
        if model.table.is_empty() {
            return Ok(export);
        }
        let known: Vec<&str> = export.tables().iter().map(|table| table.name.as_str()).collect();
        if !known.contains(&model.table.as_str()) {
            let mut fields = Fields::new();
            let expected = format!("expected one of the read model's tables: {}", known.join(", "));
            fields.refuse("model.table", Invalid::new("TABLE_UNKNOWN", expected));
            return Err(fields.into());
        }
        export.only(&model.table);
        Ok(export)
    }
}

fn parse_filter(events: &wire::ExportEvents) -> Result<HistoryFilter, Error> {
    let mut fields = Fields::new();
    let categories = entries(&mut fields, "events.categories", &events.categories, plain);
    let type_prefixes = entries(&mut fields, "events.type_prefixes", &events.type_prefixes, plain);
    let (categories, type_prefixes) = fields.finish((categories, type_prefixes))?;
    let mut filter = HistoryFilter::default();
    filter.events.categories = categories;
    filter.events.type_prefixes = type_prefixes;
    Ok(filter)
}

fn missing() -> Error {
    let mut fields = Fields::new();
    fields.refuse("what", Invalid::new("FIELD_MISSING", "expected events, or a read model"));
    fields.into()
}

/// How a read model's personal values leave.
fn show(application: Arc<Application>, look: Arc<Look>, reveal: Reveal) -> Show {
    Arc::new(move |subject, field| {
        Ok(match application.shown(&look, reveal, subject, field)? {
            Shown::Pseudonym(digits) => digits,
            Shown::Clear(serde_json::Value::String(text)) => text,
            Shown::Clear(value) => value.to_string(),
            Shown::Erased => ERASED.to_owned(),
        })
    })
}

fn answer(part: Part) -> wire::ExportResponse {
    response(match part {
        Part::Table(table) => export_response::Part::Table(rows::table(table)),
        Part::Rows(rows) => export_response::Part::Rows(rows::columns(rows)),
    })
}

fn response(part: export_response::Part) -> wire::ExportResponse {
    wire::ExportResponse { part: Some(part) }
}

impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Query(error) => error.into(),
            ExportError::Vault(error) => rapport_application::Failure::from(error).into(),
            ExportError::Stalled => Self::DeadlinePassed,
            // The call has ended, or the server: nobody else hears of it.
            ExportError::Abandoned => Self::Stopping,
        }
    }
}
