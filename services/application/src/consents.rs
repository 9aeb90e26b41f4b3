//! Consents: what a caller asks for is completed with what stands in other streams before it is decided. The words that it
//! names, of a notice that is published here, are checked and completed; an opt-out of the subject may forbid to ask.

use rapport_domain::consent::{Command, Evidence, Give, Notice};
use rapport_domain::id::{ContactId, NoticeId};
use rapport_domain::personal::Personal;
use rapport_domain::value::Instant;
use rapport_vault::Token;

use crate::Application;
use crate::call::{Call, Receipt};
use crate::clock::lies_ahead;
use crate::failure::Failure;

impl Application {
    /// Runs a command to a subject's consents.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn consent(&self, id: ContactId, command: Command, call: Call) -> Result<Receipt, Failure> {
        let evidence = proof(&command);
        self.must_be_captured(evidence)?;
        let needed = self.require_subject(&id, evidence.is_some()).await;
        self.consents.unless_applied(&id, &call, needed).await?;
        let command = self.complete_consent(&id, command, &call).await?;
        self.consents.execute(&id, command, call).await
    }

    /// Takes down a first act, and makes the token that confirms it. The token is told once: where the request was applied
    /// before, there is none.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn request_confirmation(
        &self,
        id: ContactId,
        give: Give,
        confirm_by: Option<Instant>,
        call: Call,
    ) -> Result<(Receipt, Option<Token>), Failure> {
        let token = Token::random()?;
        let token_sha256 = token.sha256();
        let command = Command::RequestConfirmation { give, token_sha256, confirm_by };
        let receipt = self.consent(id, command, call).await?;
        let waits = self.consents.inspect(&id, |consents| consents.waits_for(token_sha256)).await?;
        Ok((receipt, waits.then_some(token)))
    }

    async fn complete_consent(
        &self,
        id: &ContactId,
        command: Command,
        call: &Call,
    ) -> Result<Command, Failure> {
        Ok(match command {
            Command::Request { topic, notice, jurisdiction, opted_out_until } => {
                let notice = self.published_as(id, &notice, call).await?;
                let suppressed = self
                    .suppressions
                    .inspect(id, |suppressions| suppressions.no_reask_before(&topic))
                    .await?;
                let opted_out_until = suppressed.max(opted_out_until);
                Command::Request { topic, notice, jurisdiction, opted_out_until }
            }
            Command::Give(give) => {
                let notice = self.published_as(id, &give.notice, call).await?;
                Command::Give(Give { notice, ..give })
            }
            Command::RequestConfirmation { give, token_sha256, confirm_by } => {
                let notice = self.published_as(id, &give.notice, call).await?;
                let give = Give { notice, ..give };
                Command::RequestConfirmation { give, token_sha256, confirm_by }
            }
            command @ (Command::Confirm { .. }
            | Command::Refuse { .. }
            | Command::Withdraw { .. }
            | Command::Expire { .. }
            | Command::Renew { .. }
            | Command::Revoke { .. }
            | Command::ProposeInvalidation { .. }
            | Command::ApproveInvalidation { .. }
            | Command::Invalidate { .. }) => command,
        })
    }

    /// What proves something was captured before it came here, but for clocks that differ.
    pub(crate) fn must_be_captured(&self, evidence: Option<&Personal<Evidence>>) -> Result<(), Failure> {
        let captured_at = evidence.and_then(Personal::clear).and_then(|evidence| evidence.captured_at);
        let now = self.ports.clock.now();
        if captured_at.is_some_and(|at| lies_ahead(at, now)) {
            return Err(Failure::CapturedInFuture);
        }
        Ok(())
    }

    /// The words that are named, in full; as they are named where the request was applied before they were published.
    async fn published_as(&self, id: &ContactId, named: &Notice, call: &Call) -> Result<Notice, Failure> {
        let notice_id = NoticeId::of(&named.id);
        match self.notices.inspect(&notice_id, |published| published.complete(named)).await? {
            Ok(complete) => Ok(complete),
            Err(unpublished) => {
                self.consents.unless_applied(id, call, Err(unpublished.into())).await?;
                Ok(named.clone())
            }
        }
    }
}

/// What proves what a command tells of.
const fn proof(command: &Command) -> Option<&Personal<Evidence>> {
    match command {
        Command::Give(give) | Command::RequestConfirmation { give, .. } => give.evidence.as_ref(),
        Command::Confirm { evidence, .. } | Command::Withdraw { evidence, .. } => evidence.as_ref(),
        Command::Renew { evidence, .. } => Some(evidence),
        Command::Request { .. }
        | Command::Refuse { .. }
        | Command::Expire { .. }
        | Command::Revoke { .. }
        | Command::ProposeInvalidation { .. }
        | Command::ApproveInvalidation { .. }
        | Command::Invalidate { .. } => None,
    }
}
