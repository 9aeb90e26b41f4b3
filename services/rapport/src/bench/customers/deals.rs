//! Deals with a contact, one at a time.

use std::collections::BTreeSet;

use rapport_domain::id::{ContactId, QuoteId};
use rapport_domain::opportunity::{
    AmountRevised, CloseDateMoved, ContactRole, ContactRoleAdded, ContactRoleRemoved, CriterionMet,
    CriterionRetracted, Event, ForecastOverridden, Lost, NextStepSet, Opened, OwnerAssigned, QuoteChosen,
    Reopened, Role, SegmentCleared, SegmentSet, StageMoved, Won,
};
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::{Date, Key, Money};

use super::NAMESPACE;
use super::word::{LOST, OPEN_STAGES, WON, Words, malformed};
use crate::error::Failure;

/// When deals are to be closed.
const CLOSE_DATES: [&str; 3] = ["2025-03-31", "2025-06-30", "2025-12-31"];

/// The last deal.
#[derive(Default)]
pub(super) struct Deals {
    opened: u32,
    stage: usize,
    amount: Option<Money>,
    close_on: Option<Date>,
}

impl Deals {
    /// The next step of the deal that is under way, or of another one; and what the deal is called.
    pub(super) fn step(
        &mut self,
        contact: ContactId,
        person: usize,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<(String, Event), Failure> {
        let is_under_way = self.opened > 0 && self.stage < OPEN_STAGES;
        let event = match chance.u32(0..100) {
            0..10 if self.opened > 0 && !is_under_way => {
                let from = self.enter(0, words)?;
                Reopened { from, place: words.stages[self.stage].clone() }.into()
            }
            _ if !is_under_way => self.open(contact, chance, words).into(),
            51..62 => self.plan(contact, chance, words)?,
            roll => self.go_on(roll, chance, words)?,
        };
        Ok((format!("{person}-{}", self.opened), event))
    }

    fn open(&mut self, contact: ContactId, chance: &mut fastrand::Rng, words: &Words) -> Opened {
        self.opened += 1;
        self.stage = 0;
        self.amount = Some(words.euros(chance, 10_000_000));
        self.close_on = None;
        Opened {
            pipeline_id: words.pipeline_id,
            place: words.stages[0].clone(),
            title: words.label.clone(),
            contact_id: Some(contact),
            amount: self.amount,
            fx: None,
            expected_close_on: None,
            owner: Words::one(&words.owners, chance),
            team: Words::one(&words.teams, chance),
            segments: Words::one(&words.regions, chance).unwrap_or_default(),
            next_step: None,
            contact_roles: BTreeSet::new(),
        }
    }

    fn go_on(&mut self, roll: u32, chance: &mut fastrand::Rng, words: &Words) -> Result<Event, Failure> {
        Ok(match roll {
            0..45 => {
                let from = self.enter((self.stage + 1) % OPEN_STAGES, words)?;
                StageMoved { from, place: words.stages[self.stage].clone() }.into()
            }
            45..51 => {
                let previous = self.amount;
                let amount = words.euros(chance, 10_000_000);
                self.amount = Some(amount);
                AmountRevised { previous, amount, fx: None }.into()
            }
            62..70 => {
                let date = Words::one(&CLOSE_DATES, chance).unwrap_or(CLOSE_DATES[0]);
                let (previous, date) = (self.close_on, Date::parse(date).map_err(malformed)?);
                self.close_on = Some(date);
                CloseDateMoved { previous, expected_close_on: date }.into()
            }
            70..76 => {
                let owner =
                    Words::one(&words.owners, chance).map_or_else(|| super::word::reference("seller"), Ok)?;
                OwnerAssigned { owner, team: Words::one(&words.teams, chance) }.into()
            }
            76..90 => {
                let from = self.enter(WON, words)?;
                Won { from, place: words.stages[WON].clone(), amount: self.amount, fx: None }.into()
            }
            _ => {
                let from = self.enter(LOST, words)?;
                let reason = Some(words.label.clone());
                Lost { from, place: words.stages[LOST].clone(), reason, competitor: None }.into()
            }
        })
    }

    /// Comes to a stage, and says from which.
    fn enter(&mut self, stage: usize, words: &Words) -> Result<Key, Failure> {
        let from = self.place(words)?;
        self.stage = stage;
        Ok(from)
    }

    /// The stage where it stands.
    fn place(&self, words: &Words) -> Result<Key, Failure> {
        Ok(words.stages.get(self.stage).ok_or_else(super::nobody)?.stage.clone())
    }

    /// What is said about how the deal is to go on.
    fn plan(
        &self,
        contact_id: ContactId,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<Event, Failure> {
        let contact_role = ContactRole { contact_id, role: Role::DecisionMaker };
        Ok(match chance.u32(0..9) {
            0 => NextStepSet { what: words.label.clone(), due_on: None }.into(),
            1 => ContactRoleAdded { contact_role }.into(),
            2 => ContactRoleRemoved { contact_role }.into(),
            3 => SegmentSet { key: words.key.clone(), value: words.label.clone() }.into(),
            4 => SegmentCleared { key: words.key.clone() }.into(),
            5 => CriterionMet { stage: self.place(words)?, key: words.key.clone(), note: None }.into(),
            6 => CriterionRetracted { stage: self.place(words)?, key: words.key.clone(), note: None }.into(),
            7 => QuoteChosen { quote_id: QuoteId::derived(NAMESPACE, "chosen") }.into(),
            _ => {
                let category = Some(ForecastCategory::Commit);
                ForecastOverridden { category, probability: None, reason: words.label.clone() }.into()
            }
        })
    }
}
