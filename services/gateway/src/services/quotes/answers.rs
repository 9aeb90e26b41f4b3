//! Answers about price books and quotes.

use rapport_domain::id::{OpportunityId, PriceBookId, QuoteId};
use rapport_domain::quote::{Line, Totals};
use rapport_domain::value::{Currency, Money};
use rapport_projections::quotes::{PriceBook, Quote, QuoteFilter};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known as _, frozen_rate, known, money, text, timestamp};

impl Services {
    pub(super) async fn answer_price_book(
        &self,
        message: wire::GetPriceBookRequest,
    ) -> Result<wire::GetPriceBookResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("price_book_id", &message.price_book_id, PriceBookId::parse);
        let id = fields.finish(id)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.quotes().price_book(moment.freshness, id).await)?;
        Ok(wire::GetPriceBookResponse {
            price_book: answer.value.map(price_book),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_price_books(
        &self,
        message: wire::ListPriceBooksRequest,
    ) -> Result<wire::ListPriceBooksResponse, Error> {
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.quotes().price_books(moment.freshness).await?;
        Ok(wire::ListPriceBooksResponse {
            price_books: answer.value.into_iter().map(price_book).collect(),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_quote(
        &self,
        message: wire::GetQuoteRequest,
    ) -> Result<wire::GetQuoteResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("quote_id", &message.quote_id, QuoteId::parse);
        let id = fields.finish(id)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.quotes().quote(moment.freshness, id).await)?;
        Ok(wire::GetQuoteResponse {
            quote: answer.value.map(quote),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_quotes(
        &self,
        message: wire::ListQuotesRequest,
    ) -> Result<wire::ListQuotesResponse, Error> {
        let mut fields = Fields::new();
        let filter = filter(&mut fields, &message.filter.unwrap_or_default());
        let page = fields.page(message.page.as_ref());
        let (filter, page) = fields.finish((filter, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.quotes().list(moment.freshness, filter, page).await?;
        Ok(wire::ListQuotesResponse {
            quotes: answer.value.items.into_iter().map(quote).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

fn filter(fields: &mut Fields, filter: &wire::QuoteFilter) -> Option<QuoteFilter> {
    let deal = fields.optional("filter.opportunity_id", &filter.opportunity_id, OpportunityId::parse);
    let status = match wire::QuoteStatus::try_from(filter.status) {
        Ok(status) => Some(known(status)),
        Err(_) => fields.unknown("filter.status"),
    };
    let expires_by = fields.instant("filter.expires_by", filter.expires_by);
    Some(QuoteFilter { opportunity_id: deal?, status: status?, expires_by: expires_by? })
}

fn price_book(book: PriceBook) -> wire::PriceBook {
    let PriceBook { price_book_id, definition } = book;
    let entries = definition.entries.into_iter().map(|entry| wire::PriceBookEntry {
        product: entry.product.to_string(),
        label: entry.label.to_string(),
        unit_price: entry.unit_price,
        tax_basis_points: entry.tax_basis_points.get(),
    });
    wire::PriceBook {
        price_book_id: price_book_id.to_string(),
        version: definition.version,
        name: definition.name.to_string(),
        currency: definition.currency.to_string(),
        entries: entries.collect(),
    }
}

fn quote(quote: Quote) -> wire::Quote {
    let offer = quote.offer;
    let base_totals = offer.fx.zip(offer.base_totals);
    wire::Quote {
        quote_id: quote.quote_id.to_string(),
        opportunity_id: quote.opportunity_id.to_string(),
        status: wire::QuoteStatus::number(quote.status),
        version: offer.version,
        price_book_id: offer.price_book_id.to_string(),
        price_book_version: offer.price_book_version,
        totals: Some(totals(offer.totals, offer.currency)),
        fx: offer.fx.map(frozen_rate),
        base_totals: base_totals.map(|(fx, sums)| totals(sums, fx.base_currency)),
        lines: offer.lines.into_iter().map(line).collect(),
        valid_until: text(quote.valid_until.as_ref()),
        time_zone: text(quote.time_zone.as_ref()),
        expires_at: quote.expires_at.map(timestamp),
        deal_amount: quote.deal_amount.map(money),
        reason: text(quote.reason.as_ref()),
        created_at: Some(timestamp(quote.created_at)),
        sent_at: quote.sent_at.map(timestamp),
        closed_at: quote.closed_at.map(timestamp),
        revision: quote.revision.0,
    }
}

fn line(line: Line) -> wire::QuoteLine {
    wire::QuoteLine {
        product: line.product.to_string(),
        label: line.label.to_string(),
        quantity_thousandths: line.quantity_thousandths.thousandths(),
        unit_price: line.unit_price,
        discount_basis_points: line.discount_basis_points.get(),
        tax_basis_points: line.tax_basis_points.get(),
        discount: line.discount,
        net: line.net,
        tax: line.tax,
    }
}

fn totals(totals: Totals, currency: Currency) -> wire::QuoteTotals {
    let amount = |minor_units| Some(money(Money { minor_units, currency }));
    wire::QuoteTotals {
        discount: amount(totals.discount),
        net: amount(totals.net),
        tax: amount(totals.tax),
        gross: amount(totals.gross),
    }
}
