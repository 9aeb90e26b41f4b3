//! The command side of Rapport, on real stores and a real vault.

#![allow(clippy::unwrap_used, reason = "the lint spares test functions, not what they call")]

mod access;
mod cancelled;
mod cases;
mod chosen_quotes;
mod circles;
mod disclosure;
mod erasure;
mod escalations;
mod exit_criteria;
mod failing;
mod fickle;
mod first_answers;
mod first_reading;
mod following;
mod history;
mod house;
mod in_turn;
mod journal;
mod lead_fields;
mod lead_rules;
mod leads;
mod mentions;
mod personal;
mod promises;
mod promises_law;
mod quotes;
mod reactors;
mod reactors_law;
mod replicas;
mod replicas_law;
mod requests;
mod resting_leads;
mod retry;
mod reuse;
mod revision;
mod run;
mod sample;
mod stage_tasks;
mod tasks;
mod unknown;
mod what_if;
mod what_if_leads;
mod while_erased;
mod window;
