//! `QuoteService`.

mod answers;
mod asked;

use rapport_application::QuoteRequest;
use rapport_domain::id::{OpportunityId, PriceBookId, QuoteId};
use rapport_domain::value::{Date, Label, TimeZone};
use rapport_proto::v1 as wire;
use rapport_proto::v1::quote_service_server::QuoteService;
use tonic::{Request, Response, Status};

use super::commands::commands;
use super::queries::queries;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::{money, receipt};

#[tonic::async_trait]
impl QuoteService for Services {
    commands! {
        quote by quote_id: QuoteId;
        revise_quote(ReviseQuoteRequest) -> ReviseQuoteResponse: |fields, message| {
            asked::offer(&mut fields, &message.price_book_id, &message.lines, message.fx.as_ref())
                .map(|offer| QuoteRequest::Revise { offer })
        };
        send_quote(SendQuoteRequest) -> SendQuoteResponse: |fields, message| {
            let valid_until = fields.required("valid_until", &message.valid_until, Date::parse);
            let time_zone = fields.optional("time_zone", &message.time_zone, TimeZone::parse);
            let time_zone = time_zone.map(|zone| zone.unwrap_or(TimeZone::UTC));
            valid_until.zip(time_zone).map(|(valid_until, time_zone)| QuoteRequest::Send { valid_until, time_zone })
        };
        decline_quote(DeclineQuoteRequest) -> DeclineQuoteResponse: |fields, message| {
            let version = asked::version(&mut fields, message.version);
            let reason = fields.optional("reason", &message.reason, Label::parse);
            version.zip(reason).map(|(version, reason)| QuoteRequest::Decline { version, reason })
        };
        withdraw_quote(WithdrawQuoteRequest) -> WithdrawQuoteResponse: |fields, message| {
            fields.required("reason", &message.reason, Label::parse).map(|reason| QuoteRequest::Withdraw { reason })
        };
    }

    queries! {
        get_price_book(GetPriceBookRequest) -> GetPriceBookResponse: answer_price_book;
        list_price_books(ListPriceBooksRequest) -> ListPriceBooksResponse: answer_price_books;
        get_quote(GetQuoteRequest) -> GetQuoteResponse: answer_quote;
        list_quotes(ListQuotesRequest) -> ListQuotesResponse: answer_quotes;
    }

    async fn publish_price_book(
        &self,
        request: Request<wire::PublishPriceBookRequest>,
    ) -> Result<Response<wire::PublishPriceBookResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("price_book_id", &message.price_book_id, PriceBookId::parse, || {
            PriceBookId::derived("request", request_id(message.header.as_ref()))
        });
        let command = asked::price_book(&mut fields, &message);
        let (id, command, call) = fields.finish((id, command, call))?;
        let done = self.application.price_book(id, command, call).await.map_err(Error::from)?;
        let price_book_id = id.to_string();
        Ok(Response::new(wire::PublishPriceBookResponse { price_book_id, receipt: Some(receipt(done)) }))
    }

    async fn create_quote(
        &self,
        request: Request<wire::CreateQuoteRequest>,
    ) -> Result<Response<wire::CreateQuoteResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("quote_id", &message.quote_id, QuoteId::parse, || {
            QuoteId::derived("request", request_id(message.header.as_ref()))
        });
        let deal = fields.required("opportunity_id", &message.opportunity_id, OpportunityId::parse);
        let offer = asked::offer(&mut fields, &message.price_book_id, &message.lines, message.fx.as_ref());
        let (id, opportunity_id, offer, call) = fields.finish((id, deal, offer, call))?;
        let create = QuoteRequest::Create { opportunity_id, offer };
        let done = self.application.quote(id, create, call).await.map_err(Error::from)?;
        let quote_id = id.to_string();
        Ok(Response::new(wire::CreateQuoteResponse { quote_id, receipt: Some(receipt(done)) }))
    }

    async fn accept_quote(
        &self,
        request: Request<wire::AcceptQuoteRequest>,
    ) -> Result<Response<wire::AcceptQuoteResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.required("quote_id", &message.quote_id, QuoteId::parse);
        let version = asked::version(&mut fields, message.version);
        let (id, version, call) = fields.finish((id, version, call))?;
        let accepted = self.application.accept_quote(id, version, call).await.map_err(Error::from)?;
        Ok(Response::new(wire::AcceptQuoteResponse {
            receipt: Some(receipt(accepted.receipt)),
            opportunity_id: accepted.opportunity_id.to_string(),
            deal_amount: Some(money(accepted.deal_amount)),
        }))
    }
}
