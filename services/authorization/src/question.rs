//! What policies are asked.

use std::collections::BTreeSet;

use rapport_domain::envelope::Actor;
use rapport_domain::personal::DataClass;
use rapport_domain::value::{Key, Label};

/// Who calls, and in which roles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// The roles that its credential carries.
    pub roles: BTreeSet<Key>,
}

/// What a caller wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Call an RPC.
    Call {
        /// Its service, without the package: `ContactService`.
        service: String,
        /// Its name: `GetContact`.
        method: String,
    },
    /// See personal data of a class in the clear.
    Open(DataClass),
}

/// A question about one call.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// What for.
    pub asked: &'a Asked,
    /// What the caller says it needs it for, such as the number of a case.
    pub purpose: Option<&'a Label>,
}
