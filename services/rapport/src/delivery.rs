//! How many commands reach a gateway: in order where order counts, side by side where it does not, and again when
//! the gateway could not take them. A command is sent again under its own request id, so it is applied once.

mod in_lanes;
mod in_order;
mod retry;
mod stop;
mod streamed;

use rapport_proto::v1::Receipt;

pub use in_lanes::{LANES_DEFAULT, LANES_MAX, in_lanes};
pub use in_order::{WINDOW, in_order};
pub use retry::{ATTEMPTS_MAX, apply};
pub use stop::stop_on_interrupt;
pub use streamed::Streamed;

use crate::command::Command;
use crate::error::Refusal;

/// Commands that go one after another; the first that is refused ends it.
#[derive(Debug, Clone)]
pub struct Parcel<T> {
    /// Where they come from.
    pub origin: T,
    /// The commands.
    pub commands: Vec<Command>,
}

/// Keeps account of what became of commands.
pub trait Ledger<T>: Send + Sync {
    /// A command of this parcel was applied, or had been before.
    fn applied(&self, origin: &T, receipt: Receipt);

    /// The command in this place of the parcel was refused; those after it are not sent.
    fn refused(&self, origin: &T, place: usize, refusal: Refusal);

    /// Whether nothing more should be sent. What is on its way is waited for.
    fn is_stopped(&self) -> bool;
}
