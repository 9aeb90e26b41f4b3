//! Which roles may do what.

use std::collections::BTreeSet;

use rapport_authorization::{Asked, Caller, Policies, Question, Relation};
use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::id::CaseId;
use rapport_domain::value::{Key as Role, Label, Reference};
use serde_json::{Value, json};

use super::everything;
use crate::error::Failure;
use crate::output::Table;

/// Who asks: somebody whom no policy names.
const SOMEBODY: &str = "somebody";
/// A purpose, whatever it is; and what a case that is open is derived from.
const PURPOSE: &str = "CASE-1";

/// What a role may be asked for before something is permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Purpose,
    OpenCase,
    Own,
}

impl Condition {
    const ALL: [Self; 3] = [Self::Purpose, Self::OpenCase, Self::Own];

    const fn words(self) -> &'static str {
        match self {
            Self::Purpose => "with a purpose",
            Self::OpenCase => "with an open case",
            Self::Own => "of their own customers",
        }
    }

    /// Its name in JSON.
    const fn key(self) -> &'static str {
        match self {
            Self::Purpose => "with_purpose",
            Self::OpenCase => "with_open_case",
            Self::Own => "of_own_customers",
        }
    }

    /// What there is to do with the subject where only this is met.
    fn relation(self) -> Relation {
        match self {
            Self::Purpose => Relation::default(),
            Self::OpenCase => {
                let cases = [CaseId::derived(SOMEBODY, PURPOSE)].into();
                Relation { open_cases: Some(cases), ..Relation::default() }
            }
            Self::Own => Relation { owns: Some(true), ..Relation::default() },
        }
    }
}

/// Who may do one thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Permit {
    action: String,
    /// Roles that may, whatever the circumstances.
    roles: Vec<Role>,
    /// Roles that may where a condition is met, and only then.
    under: Vec<(Condition, Vec<Role>)>,
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
    let under: Vec<(Condition, Vec<(String, Asked)>)> =
        Condition::ALL.map(|condition| (condition, everything(&condition.relation()))).into();
    let permit = |(index, (action, asked)): (usize, (String, Asked))| {
        let (roles, others): (Vec<Role>, Vec<Role>) =
            policies.roles().iter().cloned().partition(|role| may(role, &asked, None));
        let under = under.iter().map(|(condition, asked)| {
            let purpose = (*condition == Condition::Purpose).then_some(&purpose);
            let asked = asked.get(index).map(|(_, asked)| asked);
            let may = |role: &&Role| asked.is_some_and(|asked| may(role, asked, purpose));
            (*condition, others.iter().filter(may).cloned().collect())
        });
        Permit { action, roles, under: under.collect() }
    };
    Ok(everything(&Relation::default()).into_iter().enumerate().map(permit).collect())
}

pub(super) fn document(permits: &[Permit]) -> Value {
    let permit = |permit: &Permit| {
        let mut document = json!({ "action": permit.action, "roles": permit.roles });
        for (condition, roles) in &permit.under {
            document[condition.key()] = json!(roles);
        }
        document
    };
    json!({ "actions": permits.iter().map(permit).collect::<Value>() })
}

pub(super) fn table(permits: &[Permit]) -> String {
    let mut table = Table::new(vec!["action", "roles"]);
    for permit in permits {
        let mut roles: Vec<String> = permit.roles.iter().map(Role::to_string).collect();
        for (condition, under) in &permit.under {
            roles.extend(under.iter().map(|role| format!("{role} ({})", condition.words())));
        }
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
