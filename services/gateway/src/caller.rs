//! Who calls, read from the metadata of the call.

use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::value::{Label, Reference};
use tonic::metadata::MetadataMap;

use crate::error::Error;
use crate::parse::{Circumstances, Fields};

/// Metadata key of the caller: `kind:id`, such as `service:billing`.
pub const ACTOR_KEY: &str = "rapport-actor";
/// Metadata key of the business transaction that the call is a part of.
pub const CORRELATION_KEY: &str = "rapport-correlation-id";
/// Metadata key of what the caller needs the answer for, such as the number of a case.
pub const PURPOSE_KEY: &str = "rapport-purpose";
/// Metadata key of the W3C trace context.
const TRACEPARENT_KEY: &str = "traceparent";
/// Hex digits of the parts of a trace context (W3C Trace Context §3.2).
const TRACEPARENT_DIGITS: [usize; 4] = [2, 32, 16, 2];

/// The circumstances of a call.
///
/// # Errors
/// [`Error::CallerMalformed`] when the metadata is there and does not have its form.
pub(crate) fn circumstances(metadata: &MetadataMap) -> Result<Circumstances, Error> {
    let correlation_id = text(metadata, CORRELATION_KEY)?
        .map(Reference::parse)
        .transpose()
        .map_err(|_| Error::CallerMalformed)?;
    // Foreign and optional: what does not have its form is left out, for what is kept is kept for ever.
    let traceparent =
        metadata.get(TRACEPARENT_KEY).and_then(|value| value.to_str().ok()).filter(|text| is_trace(text));
    Ok(Circumstances { actor: actor(metadata)?, correlation_id, traceparent: traceparent.map(str::to_owned) })
}

/// Who calls; `service:anonymous` when the metadata does not say.
///
/// # Errors
/// [`Error::CallerMalformed`] when the metadata does not have the form `kind:id`.
fn actor(metadata: &MetadataMap) -> Result<Actor, Error> {
    let text = text(metadata, ACTOR_KEY)?.unwrap_or("service:anonymous");
    let (kind, id) = text.split_once(':').ok_or(Error::CallerMalformed)?;
    let (kind, _) =
        ActorKind::ALL.into_iter().find(|(_, name)| *name == kind).ok_or(Error::CallerMalformed)?;
    let id = Reference::parse(id).map_err(|_| Error::CallerMalformed)?;
    Ok(Actor { kind, id, on_behalf_of: None })
}

/// What the caller says it needs the answer for.
///
/// # Errors
/// [`Error::Invalid`] when it is there and is no short text.
pub(crate) fn purpose(metadata: &MetadataMap) -> Result<Option<Label>, Error> {
    let mut fields = Fields::new();
    let text = metadata.get(PURPOSE_KEY).map_or(Ok(""), |value| value.to_str());
    let purpose = fields.optional(PURPOSE_KEY, text.unwrap_or("\u{7f}"), Label::parse);
    fields.finish(purpose)
}

fn is_trace(text: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    text.split('-').map(str::len).eq(TRACEPARENT_DIGITS) && text.split('-').all(is_hex)
}

fn text<'a>(metadata: &'a MetadataMap, key: &str) -> Result<Option<&'a str>, Error> {
    metadata.get(key).map(|value| value.to_str().map_err(|_| Error::CallerMalformed)).transpose()
}
