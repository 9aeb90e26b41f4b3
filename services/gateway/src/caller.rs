//! Who calls, read from the metadata of the call.

use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::value::Reference;
use tonic::metadata::MetadataMap;

use crate::error::Error;
use crate::parse::Circumstances;

/// Metadata key of the caller: `kind:id`, such as `service:billing`.
pub const ACTOR_KEY: &str = "rapport-actor";
/// Metadata key of the business transaction that the call is a part of.
pub const CORRELATION_KEY: &str = "rapport-correlation-id";
/// Metadata key of the W3C trace context.
const TRACEPARENT_KEY: &str = "traceparent";
/// Longest trace context, in bytes.
const TRACEPARENT_BYTES_MAX: usize = 128;

/// The circumstances of a call.
///
/// # Errors
/// [`Error::CallerMalformed`] when the metadata is there and does not have its form.
pub(crate) fn circumstances(metadata: &MetadataMap) -> Result<Circumstances, Error> {
    let correlation_id = text(metadata, CORRELATION_KEY)?
        .map(Reference::parse)
        .transpose()
        .map_err(|_| Error::CallerMalformed)?;
    let traceparent = text(metadata, TRACEPARENT_KEY)?.filter(|text| text.len() <= TRACEPARENT_BYTES_MAX);
    Ok(Circumstances { actor: actor(metadata)?, correlation_id, traceparent: traceparent.map(str::to_owned) })
}

/// Who calls; `service:anonymous` when the metadata does not say.
///
/// # Errors
/// [`Error::CallerMalformed`] when the metadata does not have the form `kind:id`.
pub(crate) fn actor(metadata: &MetadataMap) -> Result<Actor, Error> {
    let text = text(metadata, ACTOR_KEY)?.unwrap_or("service:anonymous");
    let (kind, id) = text.split_once(':').ok_or(Error::CallerMalformed)?;
    let (kind, _) =
        ActorKind::ALL.into_iter().find(|(_, name)| *name == kind).ok_or(Error::CallerMalformed)?;
    let id = Reference::parse(id).map_err(|_| Error::CallerMalformed)?;
    Ok(Actor { kind, id, on_behalf_of: None })
}

fn text<'a>(metadata: &'a MetadataMap, key: &str) -> Result<Option<&'a str>, Error> {
    metadata.get(key).map(|value| value.to_str().map_err(|_| Error::CallerMalformed)).transpose()
}
