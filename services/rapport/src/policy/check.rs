//! One decision, explained.

use std::fmt::Write as _;
use std::sync::Arc;

use rapport_authorization::{Asked, Caller, Decision, Policies, Question, Relation};
use rapport_domain::envelope as domain;
use rapport_domain::personal::DataClass;
use rapport_domain::value::Label;
use serde_json::{Value, json};

use super::{READ_PERSONAL, everything, role};
use crate::api_keys::parse_actor;
use crate::client::Actor;
use crate::error::Failure;

/// Who asks where nobody is named.
const ACTOR_DEFAULT: &str = "user:cli";

/// Who asks.
///
/// # Errors
/// When a role is none of the schema, or the actor is malformed.
pub(super) fn caller(
    policies: &Policies,
    roles: &[String],
    actor: Option<&Actor>,
) -> Result<Caller, Failure> {
    let actor = actor.map_or_else(|| ACTOR_DEFAULT.to_owned(), Actor::to_string);
    let actor: domain::Actor = parse_actor(&actor)
        .ok_or_else(|| Failure::Usage(format!("--actor {actor}: expected KIND:ID, for example user:ann")))?;
    let roles = roles.iter().map(|text| role(policies, text));
    Ok(Caller { actor, roles: roles.collect::<Result<_, _>>()? })
}

/// What is asked for.
///
/// # Errors
/// When there is no such RPC, or no such class of personal data, or something is said of a subject where there is none.
pub(super) fn asked(action: &str, resource: Option<&str>, relation: &Relation) -> Result<Asked, Failure> {
    let told =
        relation.owns == Some(true) || relation.open_cases.as_ref().is_some_and(|cases| !cases.is_empty());
    if told && action != READ_PERSONAL {
        return Err(Failure::Usage(format!("--open-case and --own are about {READ_PERSONAL}, not {action}")));
    }
    let name = resource.map_or_else(|| action.to_owned(), |resource| format!("{action} {resource}"));
    let found = everything(relation).into_iter().find(|(known, _)| *known == name);
    found.map(|(_, asked)| asked).ok_or_else(|| {
        let classes = DataClass::ALL.map(DataClass::as_str).join(", ");
        Failure::Usage(format!(
            "{name}: expected an RPC, such as GetContact, or {READ_PERSONAL} and one of {classes}; \
             `rapport policy list` shows them all"
        ))
    })
}

/// A decision, and the policies that it rests on.
pub(super) struct Explained {
    decision: Arc<Decision>,
    /// As they are written.
    texts: Vec<String>,
}

impl Explained {
    pub(super) fn of(policies: &Policies, caller: &Caller, asked: &Asked, purpose: Option<&Label>) -> Self {
        let decision = policies.decide(Question { caller, asked, purpose });
        let texts = decision.policies.iter().filter_map(|policy| policies.text(policy)).collect();
        Self { decision, texts }
    }

    pub(super) fn document(&self) -> Value {
        json!({ "allowed": self.decision.allowed, "policies": self.decision.policies, "texts": self.texts })
    }

    pub(super) fn words(&self) -> String {
        let names = self.decision.policies.join(", ");
        let mut words = match (self.decision.allowed, names.is_empty()) {
            (true, _) => format!("allowed by {names}\n"),
            (false, false) => format!("denied by {names}\n"),
            (false, true) => "denied: no policy permits it\n".to_owned(),
        };
        for text in &self.texts {
            let _ = write!(words, "\n{}\n", text.trim());
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(roles: &[&str], action: &str, resource: Option<&str>, relation: &Relation) -> String {
        let policies = Policies::load(None).unwrap();
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let caller = caller(&policies, &roles, None).unwrap();
        let asked = asked(action, resource, relation).unwrap();
        Explained::of(&policies, &caller, &asked, None).words()
    }

    #[test]
    fn a_decision_names_the_policies_that_it_rests_on_and_shows_them() {
        let nothing = Relation::default();
        let denied = explain(&["intern", "sales_manager"], "ArchiveContact", None, &nothing);
        assert!(denied.starts_with("denied by intern.never\n\n@id(\"intern.never\")\nforbid"), "{denied}");
        assert_eq!(
            explain(&["support"], "ReadPersonal", Some("notes"), &nothing),
            "denied: no policy permits it\n"
        );
        let case = rapport_domain::id::CaseId::derived("tests", "printer");
        let with_case = Relation { open_cases: Some([case].into()), ..Relation::default() };
        let allowed = explain(&["support"], "ReadPersonal", Some("notes"), &with_case);
        assert!(allowed.starts_with("allowed by support.opens-with-a-case\n"), "{allowed}");
        let own = Relation { owns: Some(true), ..Relation::default() };
        let allowed = explain(&["sales_rep"], "ReadPersonal", Some("contact"), &own);
        assert!(allowed.starts_with("allowed by sales_rep.opens-own-customers\n"), "{allowed}");
        let misplaced = asked("GetContact", None, &own).unwrap_err().to_string();
        assert!(misplaced.contains("are about ReadPersonal, not GetContact"), "{misplaced}");
    }

    #[test]
    fn what_there_is_not_is_refused_and_what_there_is_is_named() {
        let policies = Policies::load(None).unwrap();
        let role = caller(&policies, &["seller".to_owned()], None).unwrap_err().to_string();
        assert!(role.contains("--as seller") && role.contains("sales_rep"), "{role}");
        for (action, resource) in [
            ("GetEverything", None),
            ("ReadPersonal", None),
            ("ReadPersonal", Some("secrets")),
            ("GetContact", Some("x")),
        ] {
            let refused = asked(action, resource, &Relation::default()).unwrap_err().to_string();
            assert!(refused.contains("contact, notes, evidence"), "{refused}");
        }
    }
}
