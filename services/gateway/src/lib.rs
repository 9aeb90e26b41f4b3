//! The gateway: parse, call, answer. The only way in for services, analysts and auditors.
//!
//! It holds no rule of the business. Where to look: `services` for the RPCs, `parse` for how a request
//! becomes values, `access` for who may call, `status` for how a failure becomes a status, `server` for the limits.

mod access;
mod caller;
mod contract;
mod error;
mod forgetting;
mod guard;
mod metrics;
mod operations;
mod parse;
mod recalling;
mod server;
mod services;
mod status;
mod wire;

pub use access::{Access, Authenticator, Pace, Proof};
pub use caller::{ACTOR_KEY, CORRELATION_KEY, PURPOSE_KEY};
pub use contract::{Rpc, rpcs};
pub use error::{Error, Violation};
pub use forgetting::ForgetfulReadModels;
pub use metrics::GatewayMetrics;
pub use operations::{
    Operations, OperationsListening, OperationsToken, ReadModels, Trouble, serve_operations,
};
pub use recalling::RecallingTimeline;
pub use server::{
    APPEND_REQUEST_BYTES_MAX, CONNECTIONS_MAX, Listening, REQUEST_BYTES_MAX, REQUEST_TIMEOUT,
    RESPONSE_BYTES_MAX, STREAMS_PER_CONNECTION_MAX, ServerError, Tls, serve,
};
pub use services::{CHECKED_CONTACTS_MAX, PROVED_CONTACTS_MAX, Services};
pub use status::ERROR_DOMAIN;
