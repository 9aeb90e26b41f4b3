//! What people read: each view as one JSON document or as a table.

pub mod access;
pub mod audit;
pub mod cases;
pub mod check_consent;
pub mod churn;
pub mod consent;
pub mod contact;
pub mod leads;
pub mod pages;
pub mod patience;
pub mod pipeline;
pub mod projections;
pub mod quotes;
pub mod reactors;
pub mod tasks;
pub mod timeline;
pub mod watch;
