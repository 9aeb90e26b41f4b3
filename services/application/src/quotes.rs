//! Quotes. What a caller asks for is completed with the price book in force before it is decided, and kept with what is decided.

use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::id::{OpportunityId, PriceBookId, QuoteId, derived_uuid};
use rapport_domain::opportunity::{self, Opportunity};
use rapport_domain::price_book;
use rapport_domain::quote::{self, Asked, Command, Create, LineAsked, Quote, Rejection, State};
use rapport_domain::value::{Date, FrozenRate, Instant, Invalid, Label, Money, Reference, TimeZone};

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

/// What can be asked of a quote, before the price book is known. Accepting is [`Application::accept_quote`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuoteRequest {
    /// Begin it.
    Create {
        /// For which deal.
        opportunity_id: OpportunityId,
        /// What is offered.
        offer: OfferRequest,
    },
    /// Make the next version.
    Revise {
        /// What is offered.
        offer: OfferRequest,
    },
    /// Offer it to the customer.
    Send {
        /// The last day on which it can be accepted.
        valid_until: Date,
        /// By whose clock that day ends.
        time_zone: TimeZone,
    },
    /// Note that the customer does not take it.
    Decline {
        /// The version that they mean.
        version: u32,
        /// Why.
        reason: Option<Label>,
    },
    /// Take it back.
    Withdraw {
        /// Why.
        reason: Label,
    },
    /// Note that its last day is over.
    Expire,
}

/// What is to be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRequest {
    /// Where the prices are from.
    pub price_book_id: PriceBookId,
    /// What of it.
    pub lines: Vec<LineAsked>,
    /// What the amounts are worth in another currency.
    pub fx: Option<FrozenRate>,
}

/// What became of a quote that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteAccepted {
    /// The deal whose amount it is.
    pub opportunity_id: OpportunityId,
    /// What it is worth by the quote.
    pub deal_amount: Money,
    /// Where the quote's stream stands.
    pub receipt: Receipt,
}

impl Application {
    /// Runs a command to a price book.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn price_book(
        &self,
        id: PriceBookId,
        command: price_book::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        self.price_books.execute(&id, command, call).await
    }

    /// Runs a command to a quote.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn quote(&self, id: QuoteId, request: QuoteRequest, call: Call) -> Result<Receipt, Failure> {
        let command = match request {
            QuoteRequest::Create { opportunity_id, offer } => {
                self.require_deal(&opportunity_id).await?;
                let asked = self.asked(offer).await?;
                Command::Create(Box::new(Create { opportunity_id, asked }))
            }
            QuoteRequest::Revise { offer } => Command::Revise(Box::new(self.asked(offer).await?)),
            QuoteRequest::Send { valid_until, time_zone } => Command::Send { valid_until, time_zone },
            QuoteRequest::Decline { version, reason } => Command::Decline { version, reason },
            QuoteRequest::Withdraw { reason } => Command::Withdraw { reason },
            QuoteRequest::Expire => Command::Expire,
        };
        self.quotes.execute(&id, command, call).await
    }

    /// Accepts a version of a quote, and revises the amount of its deal to what it says. The deal chooses the quote first, in its own
    /// stream, and chooses one alone: of two that are accepted side by side the second is refused. Where the acceptance then does
    /// not come about, the quote stays chosen until it is accepted after all or has ended. The acceptance holds the
    /// amount, and whether the deal is worth that already: it is not revised then. The revision has a request id that follows from
    /// the quote alone: wherever an attempt ends, the next one goes on, and the deal is revised by it once, however often and by
    /// whomever it is sent. The quote's rate goes along where the deal is in the quote's currency.
    ///
    /// # Errors
    /// See [`Failure`]. Where the deal cannot be revised, nothing is accepted.
    pub async fn accept_quote(
        &self,
        id: QuoteId,
        version: u32,
        call: Call,
    ) -> Result<QuoteAccepted, Failure> {
        let of_deal = |state: &State| state.quote().map(|quote| quote.begun.opportunity_id);
        let opportunity_id = self.quotes.fact(&id, of_deal).await?.ok_or(Rejection::NotCreated)?;
        let worth = |state: &opportunity::State| state.deal().map(|deal| (deal.amount, deal.fx));
        let worth = self.opportunities.inspect(&opportunity_id, worth).await?;
        let (deal, fx) = worth.ok_or(opportunity::Rejection::NotOpened)?;
        let command = Command::Accept { version, deal, fx };
        if let Some(amount) = self.amount_to_accept(&id, &command, &call).await? {
            self.quotes.assert_expected(&id, &call).await?;
            self.assert_revises(&opportunity_id, amount, &call).await?;
            self.choose_quote(&opportunity_id, id, &call).await?;
        }
        let receipt = self.quotes.execute(&id, command, call.clone()).await?;
        let accepted = |state: &State| match state {
            State::Accepted(quote, accepted) => {
                // The rate is of the quote's own currency.
                let is_own = accepted.deal_amount.currency == quote.offer.currency;
                Some((accepted.clone(), quote.offer.fx.filter(|_| is_own)))
            }
            State::Uncreated
            | State::Draft(_)
            | State::Sent(..)
            | State::Declined(..)
            | State::Expired(..)
            | State::Withdrawn(..) => None,
        };
        let accepted = self.quotes.fact(&id, accepted).await?;
        let (quote::Accepted { deal_amount, deal_stands, .. }, fx) = accepted.ok_or(Rejection::NotSent)?;
        if !deal_stands {
            let revise = opportunity::Command::ReviseAmount { amount: deal_amount, fx };
            self.opportunities.execute(&opportunity_id, revise, follows("accepted", &id, &call)?).await?;
        }
        Ok(QuoteAccepted { opportunity_id, deal_amount, receipt })
    }

    /// What the deal would be worth where the quote is accepted by this; nothing where it was accepted before.
    async fn amount_to_accept(
        &self,
        id: &QuoteId,
        command: &Command,
        call: &Call,
    ) -> Result<Option<Money>, Failure> {
        let context = self.context(call);
        let events = self.quotes.inspect(id, |state| Quote::decide(state, command, &context)).await??;
        Ok(events.first().and_then(|event| match event {
            quote::Event::Accepted(accepted) => Some(accepted.deal_amount),
            quote::Event::Created(_)
            | quote::Event::Revised(_)
            | quote::Event::Sent(_)
            | quote::Event::Declined(_)
            | quote::Event::Expired(_)
            | quote::Event::Withdrawn(_) => None,
        }))
    }

    /// Whether a deal would be revised: it may be closed by now.
    async fn assert_revises(&self, id: &OpportunityId, amount: Money, call: &Call) -> Result<(), Failure> {
        let context = self.context(call);
        // The rate that a quote has suits its amounts already.
        let revise = opportunity::Command::ReviseAmount { amount, fx: None };
        let decide = |state: &opportunity::State| Opportunity::decide(state, &revise, &context).map(drop);
        Ok(self.opportunities.inspect(id, decide).await??)
    }

    /// Has a deal choose a quote, in place of one that is known to have ended.
    async fn choose_quote(
        &self,
        deal: &OpportunityId,
        quote_id: QuoteId,
        call: &Call,
    ) -> Result<(), Failure> {
        let chosen = |state: &opportunity::State| state.deal().and_then(|deal| deal.chosen_quote);
        let now = self.context(call).now;
        let ended = match self.opportunities.inspect(deal, chosen).await? {
            Some(chosen) => self.quotes.fact(&chosen, |state| has_ended(state, now)).await?.map(|()| chosen),
            None => None,
        };
        let choose = opportunity::Command::ChooseQuote { quote_id, ended };
        self.opportunities.execute(deal, choose, follows("chosen", &quote_id, call)?).await.map(drop)
    }

    async fn require_deal(&self, id: &OpportunityId) -> Result<(), Failure> {
        let is_there = |state: &opportunity::State| state.deal().map(|_| ());
        Ok(self.opportunities.fact(id, is_there).await?.ok_or(opportunity::Rejection::NotOpened)?)
    }

    /// What is to be offered, with the price book in force.
    async fn asked(&self, offer: OfferRequest) -> Result<Asked, Failure> {
        let OfferRequest { price_book_id, lines, fx } = offer;
        let definition = |state: &price_book::State| match state {
            price_book::State::Published(definition) => Some(definition.clone()),
            price_book::State::Unpublished => None,
        };
        let price_book = self.price_books.inspect(&price_book_id, definition).await?;
        let price_book = price_book.ok_or(Failure::PriceBookUnknown)?;
        Ok(Asked { price_book_id, price_book, lines, fx })
    }
}

/// Whether a quote will never be accepted any more: also one whose last day is over, whether that is noted or not.
fn has_ended(state: &State, now: Instant) -> Option<()> {
    match state {
        State::Declined(..) | State::Expired(..) | State::Withdrawn(..) => Some(()),
        State::Sent(_, sent) => (sent.expires_at <= now).then_some(()),
        State::Uncreated | State::Draft(_) | State::Accepted(..) => None,
    }
}

/// The call by which a deal takes a step that an acceptance causes: one for each quote, whoever accepts it, so what it is told apart
/// by is the quote as well.
fn follows(step: &str, id: &QuoteId, call: &Call) -> Result<Call, Failure> {
    let unwritable = |invalid: Invalid| Failure::Unwritable { cause: invalid.expected };
    let request_id = derived_uuid(&["quote", step, &id.to_string()]).simple().to_string();
    Ok(Call {
        request_id: Reference::parse(&format!("quote-{step}:{request_id}")).map_err(unwritable)?,
        content_sha256: id.to_string(),
        expected_revision: None,
        correlation_id: Some(call.correlation_id.clone().unwrap_or_else(|| call.request_id.clone())),
        ..call.clone()
    })
}
