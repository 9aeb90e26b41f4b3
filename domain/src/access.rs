//! Who looked at personal data, and who was refused: the access record.
//!
//! No aggregate: nothing is decided here. What the gateway saw is written down before an answer leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::id::{CaseId, ContactId};
use crate::personal::{DataClass, PersonalFields};
use crate::value::Label;

/// First part of the names of the streams that it stands in.
pub const CATEGORY: &str = "access";

stored_events! {
    /// What the access record knows. Who it was stands in the metadata.
    "access.recorded.v1" => Recorded,
    "access.denied.v1" => Denied,
}

/// Personal data was opened for an answer, which left after this was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The RPC that was called: `rapport.v1.ContactService/GetContact`.
    pub rpc: Label,
    /// Whose data.
    pub subjects: BTreeSet<ContactId>,
    /// Which classes of it were opened, of each subject. None where somebody read who had read the subjects' data.
    pub classes: BTreeSet<DataClass>,
    /// What the caller said that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Label>,
    /// What permitted it. Absent where callers are believed, and the kind of actor decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permitted: Option<Basis>,
    /// The open cases that it was permitted by, of each subject whose data was opened because of one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cases: BTreeMap<ContactId, BTreeSet<CaseId>>,
}

/// Somebody asked for what they may not have, and got nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// The RPC that was called.
    pub rpc: Label,
    /// Whether the call was let in, and what was denied is personal data in the clear.
    pub personal: bool,
    /// How often the same was denied since this was written down last; only the first time of a while is.
    pub unwritten: u64,
    /// What the caller said that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Label>,
    /// What denied it: the policies that forbid; no ids where nothing permits it. Absent where callers are believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Basis>,
}

/// The policies that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Basis {
    /// Their names.
    pub policies: BTreeSet<String>,
    /// SHA-256 of all policies that were in force, in hex.
    pub policies_sha256: String,
}

impl PersonalFields for Event {}
