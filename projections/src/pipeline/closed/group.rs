//! The groups that closed deals are counted in.

use std::collections::BTreeMap;

use rapport_domain::value::Key;
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use crate::column::word;
use crate::month::Month;

/// One group of deals. An empty owner or team stands for none.
pub(super) enum Group {
    All,
    Month(Month),
    Owner(String),
    Team(String),
    Field(Key, String),
    /// Deals that do not have the field.
    Without(Key),
}

/// By what a group is one, as it stands in the tables.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Grouping {
    All,
    Month,
    Owner,
    Team,
    Field,
    Without,
}

impl Group {
    /// What stands for it in the columns `grouping`, `field` and `value`.
    pub(super) fn columns(self) -> (Grouping, String, String) {
        match self {
            Self::All => (Grouping::All, String::new(), String::new()),
            Self::Month(month) => (Grouping::Month, String::new(), month.to_string()),
            Self::Owner(owner) => (Grouping::Owner, String::new(), owner),
            Self::Team(team) => (Grouping::Team, String::new(), team),
            Self::Field(field, value) => (Grouping::Field, field.to_string(), value),
            Self::Without(field) => (Grouping::Without, field.to_string(), String::new()),
        }
    }

    /// Of a row that begins with the columns `grouping`, `field` and `value`.
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(match word(row, 0)? {
            Grouping::All => Self::All,
            Grouping::Month => Self::Month(word(row, 2)?),
            Grouping::Owner => Self::Owner(row.get(2)?),
            Grouping::Team => Self::Team(row.get(2)?),
            Grouping::Field => Self::Field(word(row, 1)?, row.get(2)?),
            Grouping::Without => Self::Without(word(row, 1)?),
        })
    }
}

/// Something of every group.
#[derive(Default)]
pub(in super::super) struct Groups<G> {
    pub(in super::super) all: G,
    pub(in super::super) by_month: BTreeMap<Month, G>,
    pub(in super::super) by_owner: BTreeMap<String, G>,
    pub(in super::super) by_team: BTreeMap<String, G>,
    pub(in super::super) by_field: BTreeMap<Key, BTreeMap<String, G>>,
}

impl<G: Default> Groups<G> {
    /// What a group has; the default as long as nothing was put there.
    pub(super) fn of(&mut self, group: Group) -> &mut G {
        match group {
            Group::All => &mut self.all,
            Group::Month(month) => self.by_month.entry(month).or_default(),
            Group::Owner(owner) => self.by_owner.entry(owner).or_default(),
            Group::Team(team) => self.by_team.entry(team).or_default(),
            Group::Field(field, value) => self.by_field.entry(field).or_default().entry(value).or_default(),
            Group::Without(field) => self.of(Group::Field(field, String::new())),
        }
    }
}

impl<G> Groups<G> {
    pub(super) fn map<V>(self, mut to: impl FnMut(G) -> V) -> Groups<V> {
        Groups {
            all: to(self.all),
            by_month: each(self.by_month, &mut to),
            by_owner: each(self.by_owner, &mut to),
            by_team: each(self.by_team, &mut to),
            by_field: self
                .by_field
                .into_iter()
                .map(|(field, values)| (field, each(values, &mut to)))
                .collect(),
        }
    }

    /// How many groups there are, beside that of all.
    pub(in super::super) fn len(&self) -> usize {
        let values: usize = self.by_field.values().map(BTreeMap::len).sum();
        self.by_month.len() + self.by_owner.len() + self.by_team.len() + values
    }
}

fn each<K: Ord, G, V>(groups: BTreeMap<K, G>, to: &mut impl FnMut(G) -> V) -> BTreeMap<K, V> {
    groups.into_iter().map(|(key, group)| (key, to(group))).collect()
}
