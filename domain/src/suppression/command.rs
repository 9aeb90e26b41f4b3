//! What can be asked of a subject's suppressions.

use std::collections::BTreeSet;

use super::event::{Kind, Scope};
use crate::consent::{Evidence, Jurisdiction, Method};
use crate::personal::Personal;
use crate::value::{Label, Reference};

/// What a subject said, and about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What it is in law.
    pub kind: Kind,
    /// What it is about.
    pub scope: Scope,
    /// How they said it.
    pub method: Method,
    /// What proves it.
    pub evidence: Option<Personal<Evidence>>,
}

/// A command to a subject's suppressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The subject does not want it. Always accepted.
    Raise {
        /// What they said.
        said: Said,
        /// Whose law applies, where it is known.
        jurisdiction: Option<Jurisdiction>,
    },
    /// The subject wants it again: the first of two steps.
    RequestLift(Said),
    /// The subject wants it again.
    Lift {
        /// What they said.
        said: Said,
        /// Why, in the company's words. Not personal.
        reason: Label,
    },
    /// The subject is erased: what stands is kept by digests of their contact points.
    Retain {
        /// The digests, under a key that outlives those of the subject.
        point_digests: BTreeSet<Reference>,
    },
}
