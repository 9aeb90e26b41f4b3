//! Quotes: by the command line from a price book to a deal that is worth what was accepted.

use std::fs;

use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, deal, header, person, pipeline, reason, refused_fields};
use rapport_tests::{Clients, Process, World};
use serde_json::{Value, json};
use tonic::Code;

use crate::access::{keys_of_people_in_roles, proved};
use crate::real_data::served;

const BOOK: &str = r#"
name = "List 2026"
currency = "EUR"

[[entries]]
product = "chair"
label = "Office chair"
unit_price = "49.99"
tax_basis_points = 1900
"#;

/// What a command says of the quote.
fn quote(server: &Process, arguments: &[&str]) -> Value {
    server.json(&[&["quote"], arguments, &["--json"]].concat())["quote"].clone()
}

/// The ids of the quotes that a command lists.
fn quotes(server: &Process, arguments: &[&str]) -> Vec<String> {
    let listed = server.json(&[&["quotes", "list"], arguments, &["--json"]].concat());
    let listed = listed["quotes"].as_array().unwrap().clone();
    listed.iter().map(|quote| quote["quote_id"].as_str().unwrap().to_owned()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A deal with somebody.
async fn opened(clients: &Clients) -> String {
    let ann = clients.contacts().register_contact(person("ann", "Ann Lee")).await.unwrap().into_inner();
    let sales = clients.pipelines().publish_pipeline(pipeline("pipeline")).await.unwrap().into_inner();
    let open = deal("deal", &sales.pipeline_id, &ann.contact_id);
    clients.pipelines().open_opportunity(open).await.unwrap().into_inner().opportunity_id
}

/// What the deal is worth, in the smallest unit.
async fn worth(clients: &Clients, opportunity_id: &str, position: u64) -> Option<wire::Money> {
    let request =
        wire::GetOpportunityRequest { header: after(position), opportunity_id: opportunity_id.to_owned() };
    let shown = clients.pipelines().get_opportunity(request).await.unwrap().into_inner();
    shown.opportunity.unwrap().amount
}

#[tokio::test]
async fn a_quote_goes_from_a_price_book_to_a_deal_by_the_command_line() {
    let (folder, server) = served();
    let clients = Clients::connect(&server.gateway).await;
    let opportunity_id = opened(&clients).await;
    let file = folder.path().join("list.toml");
    fs::write(&file, BOOK).unwrap();
    let published = server.json(&["price-book", "publish", file.to_str().unwrap(), "--json"]);
    let book = text(&published["price_book_id"]).to_owned();
    let position = published["position"].to_string();
    let shown = server.json(&["price-book", "show", &book, "--min-position", &position, "--json"]);
    assert_eq!(shown["price_book"]["entries"][0]["unit_price"]["decimal"], "49.99");
    assert_eq!(server.json(&["price-book", "list", "--json"])["price_books"][0]["version"], 1);

    let of_deal = ["create", "--deal", opportunity_id.as_str(), "--price-book", book.as_str()];
    let lines = ["--line", "chair=1.5@10", "--line", "chair=3", "--fx", "USD=1.0845@2026-11-20"];
    let created = quote(&server, &[&of_deal[..], &lines[..]].concat());
    let id = text(&created["quote_id"]).to_owned();
    assert_eq!((&created["status"], &created["version"]), (&json!("draft"), &json!(1)));
    // 74.99 less 7.50 are 67.49; with 149.97 they are 217.46, and 12.82 and 28.49 of tax.
    let gross = |quote: &Value, totals: &str| {
        let totals = &quote[totals];
        [&totals["discount"], &totals["net"], &totals["tax"], &totals["gross"]]
            .map(|amount| amount["minor_units"].as_i64().unwrap())
    };
    assert_eq!(gross(&created, "totals"), [750, 21_746, 4_131, 25_877]);
    assert_eq!(gross(&created, "base_totals"), [813, 23_584, 4_480, 28_064]);

    let sent = quote(&server, &["send", &id, "--valid-until", "2099-12-31", "--time-zone", "Europe/Berlin"]);
    assert_eq!(sent["expires_at"], "2099-12-31T23:00:00.000000Z");
    assert_eq!(quotes(&server, &["--state", "sent", "--expires-by", "2100-01-01"]), [id.as_str()]);
    let revised = quote(&server, &["revise", &id, "--price-book", &book, "--line", "chair=2"]);
    assert_eq!((&revised["status"], &revised["version"]), (&json!("draft"), &json!(2)));
    quote(&server, &["send", &id, "--valid-until", "2099-12-31"]);
    let accepted = quote(&server, &["accept", &id, "--quote-version", "2"]);
    assert_eq!((&accepted["status"], &accepted["time_zone"]), (&json!("accepted"), &json!("UTC")));
    assert_eq!(accepted["deal_amount"]["decimal"], "99.98");
    assert_eq!(quotes(&server, &["--deal", &opportunity_id, "--state", "accepted"]), [id.as_str()]);

    let other = quote(&server, &[&of_deal[..], &["--line", "chair=1"][..]].concat());
    let other = text(&other["quote_id"]);
    quote(&server, &["send", other, "--valid-until", "2099-12-31"]);
    let refused = server.run(&["quote", "accept", other, "--quote-version", "1"]);
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && complaint.contains(&id), "the deal has one already: {complaint}");
    assert_eq!(quote(&server, &["withdraw", other, "--reason", "twice"])["reason"], "twice");
    assert_eq!(quote(&server, &["show", other])["status"], "withdrawn");
    server.terminate();
}

/// A price book and a quote of two chairs that waits for an answer.
async fn waiting(clients: &Clients, opportunity_id: &str) -> String {
    let chair = wire::PriceBookEntry {
        product: "chair".to_owned(),
        label: "Office chair".to_owned(),
        unit_price: 4_999,
        tax_basis_points: 1_900,
    };
    let publish = wire::PublishPriceBookRequest {
        header: header("book"),
        name: "List 2026".to_owned(),
        currency: "EUR".to_owned(),
        entries: vec![chair],
        ..wire::PublishPriceBookRequest::default()
    };
    let book = clients.quotes().publish_price_book(publish).await.unwrap().into_inner();
    let create = wire::CreateQuoteRequest {
        header: header("create"),
        opportunity_id: opportunity_id.to_owned(),
        price_book_id: book.price_book_id,
        lines: vec![wire::QuoteLineItem {
            product: "chair".to_owned(),
            quantity_thousandths: 2_000,
            discount_basis_points: 0,
        }],
        ..wire::CreateQuoteRequest::default()
    };
    let created = clients.quotes().create_quote(create.clone()).await.unwrap().into_inner();
    let again = clients.quotes().create_quote(create).await.unwrap().into_inner();
    assert_eq!(again, created, "what is sent again is one quote");
    let send = wire::SendQuoteRequest {
        header: header("send"),
        quote_id: created.quote_id.clone(),
        valid_until: "2099-12-31".to_owned(),
        time_zone: String::new(),
    };
    clients.quotes().send_quote(send).await.unwrap();
    created.quote_id
}

#[tokio::test]
async fn an_acceptance_that_is_sent_again_revises_the_deal_once() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let opportunity_id = opened(clients).await;
    let quote_id = waiting(clients, &opportunity_id).await;
    let accept = |request_id: &str, version| wire::AcceptQuoteRequest {
        header: header(request_id),
        quote_id: quote_id.clone(),
        version,
    };
    let refused = clients.quotes().accept_quote(accept("two", 2)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "QUOTE_VERSION_SUPERSEDED".to_owned())
    );
    let accepted = clients.quotes().accept_quote(accept("accept", 1)).await.unwrap().into_inner();
    assert_eq!(accepted.opportunity_id, opportunity_id);
    assert_eq!(accepted.deal_amount.as_ref().map(|amount| amount.minor_units), Some(9_998));
    let revise = wire::ReviseOpportunityAmountRequest {
        header: header("since"),
        opportunity_id: opportunity_id.clone(),
        amount: Some(wire::Money { minor_units: 12_000, currency: "EUR".to_owned() }),
        fx: None,
    };
    let since = clients.pipelines().revise_opportunity_amount(revise).await.unwrap().into_inner();
    for request_id in ["accept", "somebody-else"] {
        let again = clients.quotes().accept_quote(accept(request_id, 1)).await.unwrap().into_inner();
        assert_eq!(again, accepted);
    }
    let amount = worth(clients, &opportunity_id, since.receipt.unwrap().position).await;
    assert_eq!(amount.map(|amount| amount.minor_units), Some(12_000));
    let before = accepted.receipt.unwrap().position - 1;
    let as_of = Some(wire::query_header::AsOf::AsOfPosition(before));
    let header = Some(wire::QueryHeader { min_position: 0, as_of });
    let past = clients.quotes().get_quote(wire::GetQuoteRequest { header, quote_id }).await.unwrap();
    assert_eq!(past.into_inner().quote.unwrap().status(), wire::QuoteStatus::Sent);
}

#[tokio::test]
async fn a_faulty_offer_is_refused_with_all_that_is_wrong() {
    let world = World::start().await;
    let line = wire::QuoteLineItem { discount_basis_points: 10_001, ..wire::QuoteLineItem::default() };
    let rate = "1,5".to_owned();
    let request = wire::CreateQuoteRequest {
        header: header("create"),
        lines: vec![line],
        fx: Some(wire::FrozenRate { rate, ..wire::FrozenRate::default() }),
        ..wire::CreateQuoteRequest::default()
    };
    let refused = world.quotes().create_quote(request).await.unwrap_err();
    let expected: Vec<String> = [
        "opportunity_id",
        "price_book_id",
        "lines[0].product",
        "lines[0].quantity_thousandths",
        "lines[0].discount_basis_points",
        "fx.base_currency",
        "fx.rate",
        "fx.rate_date",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!((refused.code(), refused_fields(&refused)), (Code::InvalidArgument, expected));
}

#[tokio::test]
async fn whoever_only_reads_customers_makes_no_quote_and_no_price_book() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_people_in_roles(&folder, &[("mia", "marketing")])).await;
    let create = wire::CreateQuoteRequest { header: header("create"), ..wire::CreateQuoteRequest::default() };
    let refused = world.quotes().create_quote(proved("mia", create)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let header = header("publish");
    let publish = wire::PublishPriceBookRequest { header, ..wire::PublishPriceBookRequest::default() };
    let refused = world.quotes().publish_price_book(proved("mia", publish)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
