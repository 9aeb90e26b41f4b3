//! Consents and the words that they name: those of a notice that is published here are checked, and completed.

use rapport_domain::consent::{self, Command, Give};
use rapport_domain::id::{ContactId, NoticeId};
use rapport_domain::notice;

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

impl Application {
    /// Publishes words of a notice.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn notice(&self, command: notice::Command, call: Call) -> Result<Receipt, Failure> {
        let notice::Command::Publish { id, .. } = &command;
        let id = NoticeId::of(id);
        self.notices.execute(&id, command, call).await
    }

    /// Runs a command to a subject's consents. Words that it names of a notice that is published here have to be those
    /// that were published.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn consent(&self, id: ContactId, command: Command, call: Call) -> Result<Receipt, Failure> {
        self.require_contact(&id).await?;
        let command = match command {
            Command::Request { topic, notice } => {
                Command::Request { topic, notice: self.published_as(&notice).await? }
            }
            Command::Give(give) => {
                Command::Give(Give { notice: self.published_as(&give.notice).await?, ..give })
            }
            command @ (Command::Refuse { .. } | Command::Withdraw { .. } | Command::Expire { .. }) => command,
        };
        self.consents.execute(&id, command, call).await
    }

    /// The words that are named, in full.
    async fn published_as(&self, named: &consent::Notice) -> Result<consent::Notice, Failure> {
        let id = NoticeId::of(&named.id);
        Ok(self.notices.inspect(&id, |published| published.complete(named)).await??)
    }
}
