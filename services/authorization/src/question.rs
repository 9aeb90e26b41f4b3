//! What policies are asked.

use std::collections::BTreeSet;

use rapport_domain::envelope::Actor;
use rapport_domain::id::CaseId;
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
    Open {
        /// The class.
        class: DataClass,
        /// What the caller has to do with whom it is about. Nothing is known of many subjects at once.
        relation: Relation,
    },
}

impl Asked {
    /// To see personal data of a class, of whomever it is.
    #[must_use]
    pub fn open(class: DataClass) -> Self {
        Self::Open { class, relation: Relation::default() }
    }
}

/// What a caller has to do with the subject of personal data. A fact that is not known is not told to policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Relation {
    /// The subject's cases that are open.
    pub open_cases: Option<BTreeSet<CaseId>>,
    /// Whether the caller is the owner of the contact, or of an open deal or lead of theirs.
    pub owns: Option<bool>,
}

/// A fact of a [`Relation`], as policies name it in `context`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The subject's cases that are open.
    OpenCases,
    /// Whether the caller owns the customer.
    Owns,
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::OpenCases, Self::Owns];

    /// Its attribute in the schema.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenCases => "open_cases",
            Self::Owns => "owns",
        }
    }
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
