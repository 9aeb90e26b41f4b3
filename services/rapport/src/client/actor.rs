//! Who calls, as it travels with every call.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::error::Failure;
use crate::reread::Reread;
use crate::secret_file::read_secret;

/// Metadata key that says who acts.
pub(super) const ACTOR_KEY: &str = "rapport-actor";

/// Metadata key of the API key, or of the token.
const CREDENTIAL_KEY: &str = "authorization";
/// Metadata key of what the answer is needed for.
const PURPOSE_KEY: &str = "rapport-purpose";

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

/// Who calls, in the form that calls carry.
#[derive(Clone, Default)]
pub(super) struct Identity {
    actor: Option<MetadataValue<Ascii>>,
    credential: Option<Credential>,
    purpose: Option<MetadataValue<Ascii>>,
}

/// What proves it.
#[derive(Clone)]
enum Credential {
    ApiKey(MetadataValue<Ascii>),
    /// Tokens are short-lived: a long import goes on with a new one.
    Token(Arc<Reread<MetadataValue<Ascii>>>),
}

impl Credential {
    fn current(&self) -> MetadataValue<Ascii> {
        match self {
            Self::ApiKey(value) => value.clone(),
            Self::Token(file) => MetadataValue::clone(&file.current()),
        }
    }
}

/// Tells no secret.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("actor", &self.actor).finish_non_exhaustive()
    }
}

impl Identity {
    /// Whoever says to be an actor.
    pub(super) fn declared(actor: &Actor) -> Result<Self, Failure> {
        Self::default().with_actor(actor)
    }

    /// Whom an API key was given to.
    pub(super) fn proved(api_key: &str) -> Result<Self, Failure> {
        let credential = Credential::ApiKey(bearer("--api-key", api_key)?);
        Ok(Self { credential: Some(credential), ..Self::default() })
    }

    /// Whom the token of a file was issued for.
    pub(super) fn proved_by_file(file: &Path) -> Result<Self, Failure> {
        const OPTION: &str = "--token-file";
        let path = file.to_path_buf();
        let file = Reread::open(&[file], "the access token", move || {
            let bytes = read_secret(OPTION, &path)?;
            bearer(OPTION, &String::from_utf8_lossy(&bytes))
        })?;
        Ok(Self { credential: Some(Credential::Token(Arc::new(file))), ..Self::default() })
    }

    pub(super) fn with_actor(self, actor: &Actor) -> Result<Self, Failure> {
        let malformed = |_| Failure::Usage("--actor: expected printable ASCII".to_owned());
        Ok(Self { actor: Some(actor.to_string().parse().map_err(malformed)?), ..self })
    }

    pub(super) fn with_purpose(self, purpose: &str) -> Result<Self, Failure> {
        let malformed = |_| Failure::Usage("--for-purpose: expected printable ASCII".to_owned());
        Ok(Self { purpose: Some(purpose.parse().map_err(malformed)?), ..self })
    }
}

fn bearer(option: &str, secret: &str) -> Result<MetadataValue<Ascii>, Failure> {
    let malformed = |_| Failure::Usage(format!("{option}: expected printable ASCII"));
    let mut credential: MetadataValue<Ascii> =
        format!("Bearer {}", secret.trim()).parse().map_err(malformed)?;
    // Neither logged nor kept in the compression table of the connection.
    credential.set_sensitive(true);
    Ok(credential)
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
        let Identity { actor, credential, purpose } = self.identity.clone();
        let credential = credential.as_ref().map(Credential::current);
        for (key, value) in [(ACTOR_KEY, actor), (CREDENTIAL_KEY, credential), (PURPOSE_KEY, purpose)] {
            if let Some(value) = value {
                request.metadata_mut().insert(key, value);
            }
        }
        if let Some(deadline) = self.deadline {
            request.set_timeout(deadline);
        }
        Ok(request)
    }
}
