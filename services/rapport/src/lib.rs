//! The command line: the server, and its clients for people and for data sets.
//!
//! Where to look: [`cli`] for the commands, [`client`] for how a gateway is called and [`error`] for what a failed
//! call says and the exit code it ends with; [`query`], [`replay`] and [`export`] for what is read; [`import`] for data sets, [`append`] for facts of
//! other services;
//! [`demo`] for the customer base that is made up.
//!
//! Standard output carries data only; everything else goes to standard error.

pub mod api_keys;
pub mod append;
pub mod backup;
pub mod bench;
pub mod calendar;
pub mod case;
pub mod check;
pub mod cli;
pub mod client;
pub mod command;
mod credentials;
pub mod deal;
pub mod delivery;
pub mod demo;
pub mod disclosure;
pub mod error;
pub mod export;
mod http;
pub mod import;
pub mod keys;
pub mod lead;
pub mod lead_fields;
pub mod lead_rules;
pub mod legal_hold;
pub mod note;
pub mod notice;
pub mod output;
mod pending_file;
pub mod policy;
pub mod price_book;
pub mod query;
pub mod quote;
pub mod record_consent;
pub mod replay;
pub mod report;
mod reread;
pub mod restore;
mod secret_file;
pub mod serve;
pub mod sla_policy;
pub mod subject_request;
pub mod suppression;
pub mod task;
pub mod tls;
pub mod tokens;
pub mod verify;
pub mod what_if;
pub mod wire;
