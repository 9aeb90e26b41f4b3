//! Who may call what: everybody who says who they are, or those whose credential proves it and whom policies permit it.

mod admission;
mod denials;
mod disclosing;
mod pace;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use rapport_application::{Seen, Visit};
use rapport_authorization::{Asked, Caller, Decision, Fact, Policies, Question, Relation};
use rapport_domain::access::Basis;
use rapport_domain::id::ContactId;
use rapport_domain::personal::DataClass;
use rapport_domain::value::Label;
use tokio::sync::watch;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

use crate::caller::{ACTOR_KEY, circumstances, purpose};
use crate::contract::Rpc;
use crate::error::Error;
use crate::parse::Circumstances;

pub(crate) use admission::Admission;
pub use pace::Pace;
pub(crate) use record::AccessRecord;

/// Metadata key of the credential: `Bearer` and the API key.
const CREDENTIAL_KEY: &str = "authorization";
/// What stands before the API key.
const SCHEME: &str = "Bearer ";

/// Proves who calls.
pub trait Authenticator: Send + Sync + 'static {
    /// Whose credential it is, and in which roles; nothing when it is nobody's, or is not valid any more.
    fn caller(&self, credential: &str) -> Option<Caller>;
}

/// What calls are decided by.
#[derive(Clone)]
pub struct Proof {
    /// Who tells whose a credential is.
    pub authenticator: Arc<dyn Authenticator>,
    /// What is permitted.
    pub policies: Arc<Policies>,
}

/// Who may call what.
#[derive(Clone)]
pub enum Access {
    /// Whoever reaches the gateway, as whoever they say they are, everything.
    Declared,
    /// Those with a credential, as the one that it is given to, what policies permit them.
    Proved {
        /// As it is now: asked for each call.
        proof: watch::Receiver<Proof>,
        /// How fast one of them may call; as fast as it can, where there is none.
        pace: Option<Pace>,
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

/// A call that proved who makes it, or is believed.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) visit: Visit,
    authority: Authority,
    /// What is known of subjects that the answer is about.
    relations: Relations,
}

/// What a caller has to do with subjects.
pub(crate) type Relations = BTreeMap<ContactId, Relation>;

/// What a call rests on.
#[derive(Clone)]
enum Authority {
    /// The caller is believed, and may call everything.
    Declared,
    /// Policies decide.
    Policies {
        caller: Caller,
        policies: Arc<Policies>,
        /// Of the call itself.
        decision: Arc<Decision>,
    },
}

impl Access {
    /// Finds out who calls, and whether they may. Nobody gets further who does not name itself in the right form, whether
    /// the answer depends on it or not.
    ///
    /// # Errors
    /// UNAUTHENTICATED, whatever is wrong with the credential; RESOURCE_EXHAUSTED for who calls too fast.
    fn admit(&self, rpc: &Rpc, metadata: &mut MetadataMap) -> Result<Admitted, Error> {
        match self {
            Self::Declared => Ok(Admitted::new(visit(rpc, metadata)?, Authority::Declared)),
            Self::Proved { proof, pace } => {
                let Proof { authenticator, policies } = proof.borrow().clone();
                // Taken out, so that nothing behind this can keep it.
                let credential = metadata.remove(CREDENTIAL_KEY);
                let caller = prove(&*authenticator, credential.as_ref()).ok_or(Error::CallerUnproved)?;
                let declares = metadata.contains_key(ACTOR_KEY);
                if declares && circumstances(metadata)?.actor != caller.actor {
                    return Err(Error::CallerUnproved);
                }
                if let Some(pace) = pace {
                    pace.count(&caller.actor).map_err(|wait| Error::CallerTooFast { wait })?;
                }
                let name = caller.actor.to_string().parse().map_err(|_| Error::CallerMalformed)?;
                metadata.insert(ACTOR_KEY, name);
                let visit = visit(rpc, metadata)?;
                let Rpc { package: _, service, method } = rpc.clone();
                let asked = Asked::Call { service, method };
                let question = Question { caller: &caller, asked: &asked, purpose: visit.purpose.as_ref() };
                let decision = policies.decide(question);
                Ok(Admitted::new(visit, Authority::Policies { caller, policies, decision }))
            }
        }
    }
}

impl Admitted {
    const fn new(visit: Visit, authority: Authority) -> Self {
        Self { visit, authority, relations: Relations::new() }
    }

    /// The same call, for what it is made for whatever its caller says.
    pub(crate) fn for_purpose(mut self, purpose: Label) -> Self {
        self.visit.purpose = Some(purpose);
        self
    }

    /// The same call, for an answer about these subjects.
    pub(crate) fn knowing(&self, relations: Relations) -> Self {
        Self { relations, ..self.clone() }
    }

    /// What about a subject can matter to whether their personal data is opened.
    pub(crate) fn asks(&self) -> BTreeSet<Fact> {
        match &self.authority {
            Authority::Declared => BTreeSet::new(),
            Authority::Policies { caller, policies, .. } => policies.asks(caller),
        }
    }

    /// Whether the call may be made.
    fn is_permitted(&self) -> bool {
        match &self.authority {
            Authority::Declared => true,
            Authority::Policies { decision, .. } => decision.allowed,
        }
    }

    /// Whether policies have nothing against opening a class of personal data with this relation.
    fn may_open(&self, class: DataClass, relation: &Relation) -> bool {
        self.opening(class, relation).is_none_or(|decision| decision.allowed)
    }

    /// What was opened of a subject, the policies that permit that and the call, and the open cases that they asked for.
    fn seen(&self, subject: &ContactId, classes: BTreeSet<DataClass>) -> Seen {
        let unknown = Relation::default();
        let relation = self.relations.get(subject).unwrap_or(&unknown);
        let opening = classes.iter().filter_map(|class| self.opening(*class, relation));
        let opening: Vec<_> = opening.filter(|decision| decision.allowed).collect();
        let asked = opening.iter().any(|decision| decision.facts.contains(&Fact::OpenCases));
        let cases = relation.open_cases.clone().filter(|_| asked).unwrap_or_default();
        Seen { permitted: self.basis(opening, true), classes, cases }
    }

    /// The policies that deny the call, or opening personal data.
    fn denied(&self, personal: bool) -> Option<Basis> {
        let classes = DataClass::ALL.into_iter().filter(|_| personal);
        let opening = classes.filter_map(|class| self.opening(class, &Relation::default()));
        self.basis(opening.collect(), false)
    }

    fn opening(&self, class: DataClass, relation: &Relation) -> Option<Arc<Decision>> {
        match &self.authority {
            Authority::Declared => None,
            Authority::Policies { caller, policies, .. } => {
                let purpose = self.visit.purpose.as_ref();
                let asked = Asked::Open { class, relation: relation.clone() };
                Some(policies.decide(Question { caller, asked: &asked, purpose }))
            }
        }
    }

    /// Of the decision about the call, and others, those that say so much.
    fn basis(&self, mut decisions: Vec<Arc<Decision>>, allowed: bool) -> Option<Basis> {
        match &self.authority {
            Authority::Declared => None,
            Authority::Policies { policies, decision, .. } => {
                decisions.push(Arc::clone(decision));
                let speaking = decisions.iter().filter(|decision| decision.allowed == allowed);
                let names = speaking.flat_map(|decision| decision.policies.iter().cloned()).collect();
                Some(Basis { policies: names, policies_sha256: policies.sha256().to_owned() })
            }
        }
    }
}

/// The call that a request is.
///
/// # Errors
/// None in a server, where every call of the contract is admitted first; without that nobody is let in.
pub(crate) fn admitted<T>(request: &Request<T>) -> Result<Admitted, Error> {
    request.extensions().get::<Admitted>().cloned().ok_or(Error::CallerUnproved)
}

fn visit(rpc: &Rpc, metadata: &MetadataMap) -> Result<Visit, Error> {
    let Circumstances { actor, correlation_id, traceparent } = circumstances(metadata)?;
    let rpc = Label::parse(rpc.to_string().trim_start_matches('/')).map_err(|_| Error::CallerMalformed)?;
    Ok(Visit { actor, rpc, purpose: purpose(metadata)?, correlation_id, traceparent })
}

fn prove(authenticator: &dyn Authenticator, credential: Option<&MetadataValue<Ascii>>) -> Option<Caller> {
    authenticator.caller(credential?.to_str().ok()?.strip_prefix(SCHEME)?)
}
