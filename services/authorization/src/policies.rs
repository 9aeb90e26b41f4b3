//! Policies that are in force, and their decisions.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use lru::LruCache;
use parking_lot::Mutex;
use rapport_domain::value::Key;

use crate::question::{Asked, Caller, Fact, Question, Relation};
use crate::source::{PoliciesError, Source};

/// Decisions that are kept. They depend on nothing but the question.
pub const DECISIONS_CACHED_MAX: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// Policies that are in force.
pub struct Policies {
    source: Source,
    authorizer: Authorizer,
    decided: Mutex<LruCache<(Caller, Asked), Arc<Decision>>>,
}

/// What policies say to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may be done.
    pub allowed: bool,
    /// Names of the policies that decide, in order: those that forbid, else those that permit. None where nothing
    /// permits it.
    pub policies: Vec<String>,
    /// The facts about the subject that those policies ask about.
    pub facts: BTreeSet<Fact>,
}

/// The question cannot be put to Cedar, or a policy cannot be evaluated: then nothing is permitted.
struct Undecided;

impl Policies {
    /// The policies of a folder, or those that are built in.
    ///
    /// # Errors
    /// See [`PoliciesError`]: everything that is not strictly right.
    pub fn load(folder: Option<&Path>) -> Result<Self, PoliciesError> {
        let source = folder.map_or_else(Source::built_in, Source::folder)?;
        let decided = Mutex::new(LruCache::new(DECISIONS_CACHED_MAX));
        Ok(Self { source, authorizer: Authorizer::new(), decided })
    }

    /// The roles that there are.
    #[must_use]
    pub fn roles(&self) -> &BTreeSet<Key> {
        &self.source.roles
    }

    /// SHA-256 over schema and policies, in hex: which policies decided.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.source.sha256
    }

    /// Whether the schema names an RPC. One that it does not name is refused to everybody.
    #[must_use]
    pub fn knows(&self, method: &str) -> bool {
        let mut actions = self.source.schema.actions();
        actions.any(|action| action.id().unescaped() == method)
    }

    /// A policy as it is written.
    #[must_use]
    pub fn text(&self, policy: &str) -> Option<String> {
        Some(self.source.set.policy(&cedar_policy::PolicyId::new(policy))?.to_string())
    }

    /// The facts about a subject that can matter to whether personal data is opened for a caller. Policies are not told of
    /// others, so that none needs to be found out.
    #[must_use]
    pub fn asks(&self, caller: &Caller) -> BTreeSet<Fact> {
        let (Ok(principal), Ok(roles)) = (principal(caller), roles(caller)) else { return BTreeSet::new() };
        let concerning = self.source.asking.values().filter(|asking| asking.concerns(&principal, &roles));
        concerning.flat_map(|asking| asking.facts.iter().copied()).collect()
    }

    /// Decides. What was asked before, without a purpose, has the same answer.
    #[must_use]
    pub fn decide(&self, question: Question<'_>) -> Arc<Decision> {
        if question.purpose.is_some() {
            return Arc::new(self.evaluate(question));
        }
        let key = (question.caller.clone(), question.asked.clone());
        if let Some(decision) = self.decided.lock().get(&key) {
            return Arc::clone(decision);
        }
        let decision = Arc::new(self.evaluate(question));
        self.decided.lock().put(key, Arc::clone(&decision));
        decision
    }

    fn evaluate(&self, question: Question<'_>) -> Decision {
        self.ask(question).unwrap_or(Decision {
            allowed: false,
            policies: Vec::new(),
            facts: BTreeSet::new(),
        })
    }

    fn ask(&self, Question { caller, asked, purpose }: Question<'_>) -> Result<Decision, Undecided> {
        let schema = &self.source.schema;
        let principal = principal(caller)?;
        let mut told = HashMap::new();
        let (action, resource) = match asked {
            Asked::Call { service, method } => (method.as_str(), entity("Service", service)?),
            Asked::Open { class, relation } => {
                told.extend(facts(relation));
                ("ReadPersonal", entity("DataClass", class.as_str())?)
            }
        };
        told.extend(purpose.map(|purpose| ("purpose".to_owned(), text(purpose.as_str()))));
        let context = Context::from_pairs(told).map_err(|_| Undecided)?;
        let request =
            Request::new(principal.clone(), entity("Action", action)?, resource, context, Some(schema));
        let request = request.map_err(|_| Undecided)?;
        let roles: HashSet<EntityUid> = roles(caller)?.into_iter().collect();
        let kind = HashMap::from([("kind".to_owned(), text(caller.actor.kind.as_str()))]);
        let caller = Entity::new(principal, kind, roles).map_err(|_| Undecided)?;
        let entities = Entities::from_entities([caller], Some(schema)).map_err(|_| Undecided)?;
        let response = self.authorizer.is_authorized(&request, &self.source.set, &entities);
        // Cedar passes over a policy that cannot be evaluated; it may be one that forbids.
        if response.diagnostics().errors().next().is_some() {
            return Err(Undecided);
        }
        let mut policies: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort();
        let asking = policies.iter().filter_map(|policy| self.source.asking.get(policy));
        let facts = asking.flat_map(|asking| asking.facts.iter().copied()).collect();
        Ok(Decision { allowed: response.decision() == cedar_policy::Decision::Allow, policies, facts })
    }
}

fn principal(caller: &Caller) -> Result<EntityUid, Undecided> {
    entity("Caller", &caller.actor.to_string())
}

fn roles(caller: &Caller) -> Result<BTreeSet<EntityUid>, Undecided> {
    caller.roles.iter().map(|role| entity("Role", role.as_str())).collect()
}

/// What is known, by the attributes that the schema gives it.
fn facts(relation: &Relation) -> impl Iterator<Item = (String, RestrictedExpression)> {
    let Relation { open_cases, owns } = relation;
    let cases = open_cases.as_ref().map(|cases| cases.iter().map(|case| text(&case.to_string())));
    let told = |fact: Fact, value| (fact.as_str().to_owned(), value);
    let cases = cases.map(|cases| told(Fact::OpenCases, RestrictedExpression::new_set(cases)));
    let owns = owns.map(|owns| told(Fact::Owns, RestrictedExpression::new_bool(owns)));
    cases.into_iter().chain(owns)
}

fn entity(kind: &str, id: &str) -> Result<EntityUid, Undecided> {
    let kind = EntityTypeName::from_str(&format!("Rapport::{kind}")).map_err(|_| Undecided)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}
