//! The product as its users meet it: a real server, real clients, real data.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be set up or read ends the test")]
#![allow(clippy::type_complexity, reason = "a row of expected numbers is a tuple")]

mod access;
mod access_record;
mod appending;
mod as_of;
mod audit;
mod authority;
mod backup;
mod bad_input;
mod campaign;
mod canary;
mod cases;
mod consent_checks;
mod consent_of_who_is_erased;
mod consent_records;
mod crash;
mod cross_check;
mod deals;
mod double_opt_in;
mod erasure;
mod erasure_window;
mod exit_criteria;
mod keys;
mod kurrent_clients;
mod lead_fields;
mod lead_stream;
mod leads;
mod legal_holds;
mod notices;
mod operations_port;
mod past;
mod personal_data;
mod proofs;
mod quotes;
mod rates;
mod read_models;
mod real_data;
mod recipients;
mod replicas;
mod reports;
mod requests_listed;
mod sales_reports;
mod services_day;
mod stage_tasks;
mod subject_archive;
mod suppressions;
mod tasks;
mod themes;
mod tls;
mod tokens;
mod watching;
mod what_if_leads;
mod who_sees_whom;
mod witnesses;
