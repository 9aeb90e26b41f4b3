//! What an operator does with a read model.

use futures::StreamExt as _;
use rapport_domain::envelope::Position;
use rapport_event_store::Filter;

use super::Projections;
use crate::query::Freshness;
use crate::read_model::{OpenError, Parked, ReadModel, Refused, Skip};

/// Why a read model does not obey.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// There is no read model of this name.
    #[error("no read model is called {name}; there are {known}")]
    ProjectionNotFound {
        /// What was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// Its file cannot be deleted.
    #[error(transparent)]
    File(#[from] OpenError),
    /// It is not parked at that event, or at something else than an event.
    #[error("the read model {projection} is not parked at an event at position {position}")]
    NotParked {
        /// Which one.
        projection: &'static str,
        /// What was asked for.
        position: Position,
    },
    /// It is being rebuilt already.
    #[error("the read model {projection} is being rebuilt already")]
    RebuildUnderWay {
        /// Which one.
        projection: &'static str,
    },
    /// Nothing was built that could be switched to, or discarded.
    #[error("the read model {projection} has no rebuild that could be switched to or discarded")]
    NothingBuilt {
        /// Which one.
        projection: &'static str,
    },
    /// What was built does not get as far as what serves, or its file cannot be written.
    #[error(
        "the rebuild of the read model {projection} cannot take over: it does not go on, or its file cannot be written"
    )]
    CannotTakeOver {
        /// Which one.
        projection: &'static str,
    },
    /// The log cannot be read or written.
    #[error("the log cannot be used: {cause}")]
    Log {
        /// What failed, for the operator's log.
        cause: String,
    },
    /// It has not taken in the position yet, or its file cannot be written.
    #[error("the read model {projection} cannot be scrubbed yet: {cause}")]
    NotScrubbed {
        /// Which one.
        projection: &'static str,
        /// What failed, for the operator's log.
        cause: String,
    },
    /// It has ended, because the process or the log is closing.
    #[error("the read model {projection} is closed")]
    Closed {
        /// Which one.
        projection: &'static str,
    },
}

impl Projections {
    /// Builds a read model anew from the first event, beside the file that serves; it is compared with that one and then
    /// takes its place, with `require_equal` only where it says the same. Returns when that is begun. A file that cannot
    /// answer is thrown away instead: queries wait until it is folded again.
    ///
    /// # Errors
    /// When there is no such read model, it is being rebuilt already, its file cannot be deleted, or it has ended.
    pub async fn rebuild(&self, name: &str, require_equal: bool) -> Result<(), ControlError> {
        let model = self.model(name)?;
        obeyed(model, model.rebuild(require_equal).await)
    }

    /// Switches to a rebuild that was held back.
    ///
    /// # Errors
    /// When there is no such read model, nothing is held back, or it has ended.
    pub async fn switch(&self, name: &str) -> Result<(), ControlError> {
        let model = self.model(name)?;
        obeyed(model, model.switch().await)
    }

    /// Makes sure that nothing is left of what a read model deleted up to a position: no byte in its files and journals, and
    /// no snapshot from before.
    ///
    /// # Errors
    /// When there is no such read model, it does not get to the position in time, its file cannot be written, or it has
    /// ended.
    pub async fn scrub(&self, name: &str, freshness: Freshness) -> Result<(), ControlError> {
        let model = self.model(name)?;
        let projection = model.name();
        let not_scrubbed = |cause: String| ControlError::NotScrubbed { projection, cause };
        let reached = model.reader().read(freshness, |_| Ok(())).await;
        reached.map_err(|error| not_scrubbed(error.to_string()))?;
        let scrubbed = model.scrub().await.ok_or_else(|| closed(model))?;
        scrubbed.map_err(|error| not_scrubbed(error.to_string()))
    }

    /// Throws away what is built beside a read model; the older file goes on serving.
    ///
    /// # Errors
    /// When there is no such read model, nothing is built beside it, or it has ended.
    pub async fn discard(&self, name: &str) -> Result<(), ControlError> {
        let model = self.model(name)?;
        obeyed(model, model.discard().await)
    }

    /// Lets a read model stand still until it is resumed, or the process starts again.
    ///
    /// # Errors
    /// When there is no such read model, or it has ended.
    pub async fn pause(&self, name: &str) -> Result<(), ControlError> {
        let model = self.model(name)?;
        model.pause().await.ok_or_else(|| closed(model))
    }

    /// Lets a read model go on, also after it parked: it tries the same event again.
    ///
    /// # Errors
    /// When there is no such read model, or it has ended.
    pub async fn resume(&self, name: &str) -> Result<(), ControlError> {
        let model = self.model(name)?;
        model.resume().await.ok_or_else(|| closed(model))
    }

    /// Lets a read model pass over the event that it is parked at: here, on every other server that follows the log, and
    /// in every rebuild. That is an event of its own, `projection.event_skipped.v1`. Said twice, it is said once.
    ///
    /// # Errors
    /// When there is no such read model, it is not parked at that event, the log cannot be used, or it has ended.
    pub async fn skip(&self, name: &str, skip: Skip) -> Result<(), ControlError> {
        let model = self.model(name)?;
        let not_parked = || ControlError::NotParked { projection: model.name(), position: skip.position };
        let parked = model.parked_at(skip.position).filter(Parked::is_about_an_event);
        let parked = parked.ok_or_else(not_parked)?;
        let log = |error: &dyn std::error::Error| ControlError::Log { cause: error.to_string() };
        let event = self.store.read_all(skip.position, &Filter::all()).next().await;
        let event = event.transpose().map_err(|error| log(&error))?;
        let event = event.filter(|event| Some(event.id) == parked.event_id).ok_or_else(not_parked)?;
        let (position, actor) = (skip.position, skip.actor.to_string());
        model.skip(&*self.store, &event, &parked, skip).await.map_err(|error| log(&error))?;
        tracing::warn!(projection = model.name(), %position, actor, "an operator lets an event be skipped");
        model.resume().await.ok_or_else(|| closed(model))
    }

    pub(super) fn model(&self, name: &str) -> Result<&ReadModel, ControlError> {
        self.models.iter().find(|model| model.name() == name).ok_or_else(|| {
            let known: Vec<&str> = self.models.iter().map(ReadModel::name).collect();
            ControlError::ProjectionNotFound { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

fn obeyed(model: &ReadModel, done: Option<Result<(), Refused>>) -> Result<(), ControlError> {
    let projection = model.name();
    match done {
        Some(Ok(())) => Ok(()),
        Some(Err(Refused::UnderWay)) => Err(ControlError::RebuildUnderWay { projection }),
        Some(Err(Refused::NothingBuilt)) => Err(ControlError::NothingBuilt { projection }),
        Some(Err(Refused::CannotTakeOver)) => Err(ControlError::CannotTakeOver { projection }),
        Some(Err(Refused::File(error))) => Err(ControlError::File(error)),
        None => Err(closed(model)),
    }
}

fn closed(model: &ReadModel) -> ControlError {
    ControlError::Closed { projection: model.name() }
}
