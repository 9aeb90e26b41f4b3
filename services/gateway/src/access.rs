//! Who may call what: everybody who says who they are, or those whose credential proves it and whom policies permit it.

mod admission;

use std::fmt;
use std::sync::Arc;

use rapport_authorization::{Asked, Caller, Policies, Question};
use rapport_domain::value::Label;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

use crate::caller::{ACTOR_KEY, circumstances, purpose};
use crate::contract::Rpc;
use crate::error::Error;

pub(crate) use admission::Admission;

/// Metadata key of the credential: `Bearer` and the API key.
const CREDENTIAL_KEY: &str = "authorization";
/// What stands before the API key.
const SCHEME: &str = "Bearer ";

/// Proves who calls.
pub trait Authenticator: Send + Sync + 'static {
    /// Whose credential it is, and in which roles; nothing when it is nobody's, or is not valid any more.
    fn caller(&self, credential: &str) -> Option<Caller>;
}

/// Who may call what.
#[derive(Clone)]
pub enum Access {
    /// Whoever reaches the gateway, as whoever they say they are, everything.
    Declared,
    /// Those with a credential, as the one that it is given to, what policies permit them.
    Proved {
        /// Who tells whose a credential is.
        authenticator: Arc<dyn Authenticator>,
        /// What is permitted.
        policies: Arc<Policies>,
    },
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared => f.write_str("declared"),
            Self::Proved { .. } => f.write_str("proved"),
        }
    }
}

impl Access {
    /// Lets a call in, with the caller that it really has. Nobody is let in who does not name itself in the right form,
    /// whether the answer depends on it or not.
    ///
    /// # Errors
    /// UNAUTHENTICATED, whatever is wrong with the credential; PERMISSION_DENIED where no policy permits the call.
    fn admit(&self, rpc: &Rpc, metadata: &mut MetadataMap) -> Result<(), Error> {
        match self {
            Self::Declared => {
                circumstances(metadata)?;
                purpose(metadata)?;
            }
            Self::Proved { authenticator, policies } => {
                // Taken out, so that nothing behind this can keep it.
                let credential = metadata.remove(CREDENTIAL_KEY);
                let caller = prove(&**authenticator, credential.as_ref()).ok_or(Error::CallerUnproved)?;
                let declares = metadata.contains_key(ACTOR_KEY);
                if declares && circumstances(metadata)?.actor != caller.actor {
                    return Err(Error::CallerUnproved);
                }
                let name = caller.actor.to_string().parse().map_err(|_| Error::CallerMalformed)?;
                metadata.insert(ACTOR_KEY, name);
                circumstances(metadata)?;
                permit(policies, rpc, &caller, purpose(metadata)?.as_ref())?;
            }
        }
        Ok(())
    }
}

fn prove(authenticator: &dyn Authenticator, credential: Option<&MetadataValue<Ascii>>) -> Option<Caller> {
    authenticator.caller(credential?.to_str().ok()?.strip_prefix(SCHEME)?)
}

fn permit(policies: &Policies, rpc: &Rpc, caller: &Caller, purpose: Option<&Label>) -> Result<(), Error> {
    let Rpc { package: _, service, method } = rpc.clone();
    let asked = Asked::Call { service, method };
    if policies.decide(Question { caller, asked: &asked, purpose }).allowed {
        Ok(())
    } else {
        Err(Error::CallDenied { action: rpc.method.clone() })
    }
}
