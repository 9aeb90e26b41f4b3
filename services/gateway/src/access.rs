//! Who may call: everybody who says who they are, or those whose credential proves it.

use std::fmt;
use std::sync::Arc;

use rapport_domain::envelope::Actor;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::{Request, Status};

use crate::caller::{ACTOR_KEY, circumstances};
use crate::error::Error;

/// Metadata key of the credential: `Bearer` and the API key.
const CREDENTIAL_KEY: &str = "authorization";
/// What stands before the API key.
const SCHEME: &str = "Bearer ";

/// Proves who calls.
pub trait Authenticator: Send + Sync + 'static {
    /// Whose credential it is; nothing when it is nobody's, or is not valid any more.
    fn actor(&self, credential: &str) -> Option<Actor>;
}

/// Who may call.
#[derive(Clone)]
pub enum Access {
    /// Whoever reaches the gateway, as whoever they say they are.
    Declared,
    /// Those with a credential, as the one that it is given to.
    Proved(Arc<dyn Authenticator>),
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared => f.write_str("declared"),
            Self::Proved(_) => f.write_str("proved"),
        }
    }
}

impl Access {
    /// Lets a call in, with the caller that it really has. Nobody is let in who does not name itself in the right form,
    /// whether the answer depends on it or not.
    ///
    /// # Errors
    /// UNAUTHENTICATED, whatever is wrong with the credential.
    pub(crate) fn admit(&self, mut request: Request<()>) -> Result<Request<()>, Status> {
        match self {
            Self::Declared => {
                circumstances(request.metadata())?;
            }
            Self::Proved(authenticator) => {
                // Taken out, so that nothing behind this can keep it.
                let credential = request.metadata_mut().remove(CREDENTIAL_KEY);
                let proved = actor(&**authenticator, credential.as_ref()).ok_or(Error::CallerUnproved)?;
                let declares = request.metadata().contains_key(ACTOR_KEY);
                if declares && circumstances(request.metadata())?.actor != proved {
                    return Err(Error::CallerUnproved.into());
                }
                let name = format!("{}:{}", proved.kind.as_str(), proved.id);
                let name = name.parse().map_err(|_| Error::CallerMalformed)?;
                request.metadata_mut().insert(ACTOR_KEY, name);
                circumstances(request.metadata())?;
            }
        }
        Ok(request)
    }
}

fn actor(authenticator: &dyn Authenticator, credential: Option<&MetadataValue<Ascii>>) -> Option<Actor> {
    authenticator.actor(credential?.to_str().ok()?.strip_prefix(SCHEME)?)
}
