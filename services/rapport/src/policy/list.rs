//! Which roles may do what.

use std::collections::BTreeSet;

use rapport_authorization::{Asked, Caller, Policies, Question};
use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::value::{Key as Role, Label, Reference};
use serde_json::{Value, json};

use super::everything;
use crate::error::Failure;
use crate::output::Table;

/// Who asks: somebody whom no policy names.
const SOMEBODY: &str = "somebody";
/// A purpose, whatever it is.
const PURPOSE: &str = "CASE-1";

/// Who may do one thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Permit {
    action: String,
    /// Roles that may, without saying what for.
    roles: Vec<Role>,
    /// Roles that may when they say what for, and only then.
    with_purpose: Vec<Role>,
}

/// Asks the policies about everything, for each role alone.
///
/// # Errors
/// None: what stands above is well-formed.
pub(super) fn permits(policies: &Policies) -> Result<Vec<Permit>, Failure> {
    let malformed = |invalid: rapport_domain::value::Invalid| Failure::Local(invalid.expected);
    let id = Reference::parse(SOMEBODY).map_err(malformed)?;
    let purpose = Label::parse(PURPOSE).map_err(malformed)?;
    let actor = Actor { kind: ActorKind::User, id, on_behalf_of: None };
    let may = |role: &Role, asked: &Asked, purpose: Option<&Label>| {
        let caller = Caller { actor: actor.clone(), roles: BTreeSet::from([role.clone()]) };
        policies.decide(Question { caller: &caller, asked, purpose }).allowed
    };
    let permit = |(action, asked): (String, Asked)| {
        let (roles, others): (Vec<Role>, Vec<Role>) =
            policies.roles().iter().cloned().partition(|role| may(role, &asked, None));
        let with_purpose = others.into_iter().filter(|role| may(role, &asked, Some(&purpose))).collect();
        Permit { action, roles, with_purpose }
    };
    Ok(everything().into_iter().map(permit).collect())
}

pub(super) fn document(permits: &[Permit]) -> Value {
    let permit = |permit: &Permit| json!({ "action": permit.action, "roles": permit.roles, "with_purpose": permit.with_purpose });
    json!({ "actions": permits.iter().map(permit).collect::<Value>() })
}

pub(super) fn table(permits: &[Permit]) -> String {
    let mut table = Table::new(vec!["action", "roles"]);
    for permit in permits {
        let mut roles: Vec<String> = permit.roles.iter().map(Role::to_string).collect();
        roles.extend(permit.with_purpose.iter().map(|role| format!("{role} (with a purpose)")));
        let roles = if roles.is_empty() { "nobody".to_owned() } else { roles.join(", ") };
        table.row(vec![permit.action.clone(), roles]);
    }
    table.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_what_is_what_people_have_read_and_agreed_to() {
        let permits = permits(&Policies::load(None).unwrap()).unwrap();
        let golden = include_str!("../../../../tests/golden/policies.txt");
        assert_eq!(table(&permits), golden, "the table that `rapport policy list` writes");
    }

    #[test]
    fn the_schema_names_every_rpc_and_each_name_is_one_rpc() {
        let policies = Policies::load(None).unwrap();
        let rpcs = rapport_gateway::rpcs();
        let without: Vec<&str> =
            rpcs.iter().map(|rpc| rpc.method.as_str()).filter(|method| !policies.knows(method)).collect();
        assert_eq!(without, [""; 0], "add it to ops/policies/rapport.cedarschema, and say there who may");
        let names: BTreeSet<&str> = rpcs.iter().map(|rpc| rpc.method.as_str()).collect();
        assert_eq!(names.len(), rpcs.len(), "two RPCs of one name would be one action");
    }
}
