//! Who calls, as it travels with every call.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::error::Failure;

/// Metadata key that says who acts.
pub(super) const ACTOR_KEY: &str = "rapport-actor";

/// Who acts: a kind and an id in the company's own directory. Which kinds there are is the gateway's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    kind: String,
    id: String,
}

impl FromStr for Actor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((kind, id)) if !kind.is_empty() && !id.is_empty() => {
                Ok(Self { kind: kind.to_owned(), id: id.to_owned() })
            }
            Some(_) | None => Err("expected KIND:ID, for example user:ann".to_owned()),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// An actor in the form that calls carry.
#[derive(Debug, Clone)]
pub(super) struct Identity(MetadataValue<Ascii>);

impl Identity {
    pub(super) fn new(actor: &Actor) -> Result<Self, Failure> {
        let value = actor.to_string().parse();
        value.map(Self).map_err(|_| Failure::Usage("--actor: expected printable ASCII".to_owned()))
    }
}

/// Puts who acts, and how long it may take, on every call.
#[derive(Debug, Clone)]
pub struct Courier {
    pub(super) identity: Identity,
    /// None: as long as it takes. Of streams.
    pub(super) deadline: Option<Duration>,
}

impl Interceptor for Courier {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(ACTOR_KEY, self.identity.0.clone());
        if let Some(deadline) = self.deadline {
            request.set_timeout(deadline);
        }
        Ok(request)
    }
}
