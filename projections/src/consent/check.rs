//! Whether a subject may be addressed.

use rapport_domain::consent::Topic;
use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::suppression::{Kind, Scope};
use rapport_domain::value::Instant;
use rapport_vault::Vault;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::suppression::scope;
use super::{
    ConsentStatus, DecidingStep, Decision, Standing, SuppressionStatus, Verdict, contacts, erasures,
};
use crate::column::{At, Micros, Word, instant_or_null, word, word_or_null};
use crate::query::QueryError;

/// The steps of a subject in the order of the log, of those that count at a time; an empty purpose or channel
/// stands for every one. Few: the aggregates see to it.
const STEPS: &str = "
    SELECT status, suppression_kind, suppression, purpose, channel, position, event_id, consent_id, valid_until
    FROM steps
    WHERE contact_id = ?1 AND purpose IN (?2, '') AND channel IN (?3, '') AND counts_from <= ?4
    ORDER BY position";

/// What is asked about everybody.
pub(super) struct Question {
    /// What they would be addressed for, and through what.
    pub(super) topic: Topic,
    /// When.
    pub(super) at: Instant,
}

pub(super) fn decisions(
    connection: &Connection,
    vault: &Vault,
    contacts: &[ContactId],
    question: &Question,
) -> Result<Vec<Decision>, QueryError> {
    let check = Check { connection, vault, question, has_list: has_list(connection)? };
    contacts.iter().map(|contact_id| check.decision(*contact_id)).collect()
}

/// Whether anybody who was erased is still to be left alone; where not, no contact point has to be opened.
fn has_list(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM suppression_list)")?
        .query_row([], |row| row.get(0))
}

struct Check<'a> {
    connection: &'a Connection,
    vault: &'a Vault,
    question: &'a Question,
    has_list: bool,
}

impl Check<'_> {
    fn decision(&self, contact_id: ContactId) -> Result<Decision, QueryError> {
        let erased: Option<bool> = self
            .connection
            .prepare_cached("SELECT erased FROM contacts WHERE contact_id = ?1")?
            .query_row((Word(contact_id),), |row| row.get(0))
            .optional()?;
        let without_step = |verdict| Ok(Decision { contact_id, verdict, decided_by: None });
        match erased {
            None => return without_step(Verdict::ContactUnknown),
            Some(true) => return without_step(Verdict::ContactErased),
            Some(false) => {}
        }
        if let Some(approval) = erasures::approval(self.connection, contact_id)? {
            let verdict = Verdict::ErasureApproved;
            return Ok(Decision { contact_id, verdict, decided_by: Some(approval) });
        }
        let Ledger { consent, suppressions } = self.ledger(contact_id)?;
        let listed = self.listed(contact_id, &suppressions)?;
        let own = suppressions.into_iter().find(|suppression| suppression.status.stands());
        if let Some((kind, step)) = own.map(|own| (own.which.0, own.raised_by)).or(listed) {
            return Ok(Decision { contact_id, verdict: no(kind), decided_by: Some(step) });
        }
        let Some((status, step)) = consent else { return without_step(Verdict::NotAsked) };
        let ran_out = step.valid_until.is_some_and(|until| until <= self.question.at);
        Ok(Decision { contact_id, verdict: verdict(status, ran_out), decided_by: Some(step) })
    }

    /// What had been said by and about a subject.
    fn ledger(&self, contact_id: ContactId) -> Result<Ledger, QueryError> {
        let Question { topic, at } = self.question;
        let mut ledger = Ledger::default();
        let mut statement = self.connection.prepare_cached(STEPS)?;
        let mut rows =
            statement.query((Word(contact_id), Word(&topic.purpose), Word(topic.channel), Micros(*at)))?;
        while let Some(row) = rows.next()? {
            ledger.take(row)?;
        }
        Ok(ledger)
    }

    /// What goes on for a subject because somebody with one of their contact points was erased, and what they have not
    /// lifted since themselves.
    fn listed(
        &self,
        contact_id: ContactId,
        own: &[Raised],
    ) -> Result<Option<(Kind, DecidingStep)>, QueryError> {
        if !self.has_list {
            return Ok(None);
        }
        for point in contacts::points(self.connection, contact_id)? {
            let opened = self.vault.open_value(&contact_id, point)?;
            let Some(point) = opened.clear() else { continue };
            for (erased, step) in self.entries(&self.vault.suppression_digest(point))? {
                let lifted =
                    |which| own.iter().any(|own| own.which == which && own.lifted_after(step.position));
                let mut kept = self.ledger(erased)?.suppressions.into_iter();
                if let Some(kept) = kept.find(|kept| kept.status.stands() && !lifted(kept.which.clone())) {
                    return Ok(Some((kept.which.0, step)));
                }
            }
        }
        Ok(None)
    }

    /// Who was erased with a contact point, and the event that keeps its digest.
    fn entries(&self, digest: &str) -> rusqlite::Result<Vec<(ContactId, DecidingStep)>> {
        self.connection
            .prepare_cached(
                "SELECT contact_id, position, event_id, NULL AS consent_id, NULL AS valid_until FROM suppression_list
                 WHERE digest = ?1 AND occurred_at <= ?2 ORDER BY position",
            )?
            .query_map((digest, Micros(self.question.at)), |row| {
                Ok((word(row, "contact_id")?, deciding_step(row)?))
            })?
            .collect()
    }
}

/// What the steps of a subject about a topic come to.
#[derive(Default)]
struct Ledger {
    consent: Option<(ConsentStatus, DecidingStep)>,
    /// In the order in which they were raised first.
    suppressions: Vec<Raised>,
}

/// A suppression that was raised, and the event that raised it last.
struct Raised {
    which: (Kind, Scope),
    status: SuppressionStatus,
    raised_by: DecidingStep,
    /// Position of the last event about it.
    position: Position,
}

impl Raised {
    fn lifted_after(&self, position: Position) -> bool {
        !self.status.stands() && self.position > position
    }
}

impl Ledger {
    fn take(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        if let Some(said) = word_or_null(row, "status")? {
            let step = deciding_step(row)?;
            let before = self.consent.as_ref();
            let before =
                before.map(|(status, step)| Standing { status: *status, consent_id: step.consent_id });
            let said = Standing { status: said, consent_id: step.consent_id };
            if let Some(status) = ConsentStatus::after(before, said) {
                self.consent = Some((status, step));
            }
        }
        if let Some(said) = word_or_null(row, "suppression")? {
            self.suppress((word(row, "suppression_kind")?, scope(row)?), said, deciding_step(row)?);
        }
        Ok(())
    }

    fn suppress(&mut self, which: (Kind, Scope), said: SuppressionStatus, step: DecidingStep) {
        match self.suppressions.iter_mut().find(|standing| standing.which == which) {
            Some(standing) => {
                let Some(status) = SuppressionStatus::after(Some(standing.status), said) else { return };
                (standing.status, standing.position) = (status, step.position);
                if status == SuppressionStatus::Raised {
                    standing.raised_by = step;
                }
            }
            None => {
                if let Some(status) = SuppressionStatus::after(None, said) {
                    let position = step.position;
                    self.suppressions.push(Raised { which, status, raised_by: step, position });
                }
            }
        }
    }
}

fn deciding_step(row: &Row<'_>) -> rusqlite::Result<DecidingStep> {
    Ok(DecidingStep {
        position: row.get::<_, At>("position")?.0,
        event_id: row.get("event_id")?,
        consent_id: word_or_null(row, "consent_id")?,
        valid_until: instant_or_null(row, "valid_until")?,
    })
}

const fn no(kind: Kind) -> Verdict {
    match kind {
        Kind::Objection => Verdict::Objected,
        Kind::OptOutSignal => Verdict::OptedOut,
        Kind::Unsubscribe => Verdict::Unsubscribed,
    }
}

const fn verdict(status: ConsentStatus, ran_out: bool) -> Verdict {
    match status {
        ConsentStatus::Requested => Verdict::NotAnswered,
        ConsentStatus::Given | ConsentStatus::Renewed if ran_out => Verdict::Expired,
        ConsentStatus::Given | ConsentStatus::Renewed => Verdict::Allowed,
        ConsentStatus::Pending | ConsentStatus::Lapsed => Verdict::NotConfirmed,
        ConsentStatus::Revoked => Verdict::Revoked,
        ConsentStatus::Invalidated => Verdict::Invalidated,
        ConsentStatus::Refused => Verdict::Refused,
        ConsentStatus::Withdrawn => Verdict::Withdrawn,
        ConsentStatus::Expired => Verdict::Expired,
    }
}
