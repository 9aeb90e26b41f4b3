//! What policies ask about the subject of personal data, so that nothing is looked up that none asks about.

use std::collections::BTreeSet;

use cedar_policy::{EntityUid, Policy, PrincipalConstraint};

use crate::question::Fact;

/// What one policy asks about, and whom it can be about.
pub(super) struct Asking {
    principal: PrincipalConstraint,
    pub(super) facts: BTreeSet<Fact>,
}

impl Asking {
    /// What a policy asks about; `None` where that is nothing. The error is what Cedar says of a policy that has no JSON form.
    pub(super) fn of(policy: &Policy) -> Result<Option<Self>, String> {
        // In its JSON form each attribute that a policy looks at stands under this key, and a text that says the same is escaped.
        let form = policy.to_json().map_err(|error| error.to_string())?.to_string();
        let names = |fact: &Fact| form.contains(&format!("\"attr\":\"{}\"", fact.as_str()));
        let facts: BTreeSet<Fact> = Fact::ALL.into_iter().filter(names).collect();
        Ok((!facts.is_empty()).then(|| Self { principal: policy.principal_constraint(), facts }))
    }

    /// Whether the policy can be about a caller of these roles.
    pub(super) fn concerns(&self, caller: &EntityUid, roles: &BTreeSet<EntityUid>) -> bool {
        match &self.principal {
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => true,
            PrincipalConstraint::Eq(uid) => uid == caller,
            PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => {
                uid == caller || roles.contains(uid)
            }
        }
    }
}
