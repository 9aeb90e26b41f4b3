//! The words that subjects are shown.

use rapport_domain::id::NoticeId;
use rapport_domain::notice::Command;

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

impl Application {
    /// Publishes words of a notice.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn notice(&self, command: Command, call: Call) -> Result<Receipt, Failure> {
        let Command::Publish { id, .. } = &command;
        let id = NoticeId::of(id);
        self.notices.execute(&id, command, call).await
    }
}
