//! Deals in several currencies, read in one of them, by rates that were said with their amounts.

use prost::Message as _;
use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use rapport_tests::ask::{after, deal, header, pipeline, reason, refused_fields};
use rapport_tests::{Clients, Process, World};
use serde_json::{Value, json};

use crate::real_data::served;

fn money(minor_units: i64, currency: &str) -> wire::Money {
    wire::Money { minor_units, currency: currency.to_owned() }
}

fn to_euros(rate: &str) -> Option<wire::FrozenRate> {
    Some(wire::FrozenRate {
        base_currency: "EUR".to_owned(),
        rate: rate.to_owned(),
        rate_date: "2026-11-20".to_owned(),
    })
}

async fn sales(clients: &Clients) -> String {
    clients.pipelines().publish_pipeline(pipeline("sales")).await.unwrap().into_inner().pipeline_id
}

/// A deal of an amount; its id.
async fn opened(
    clients: &Clients,
    pipeline_id: &str,
    amount: wire::Money,
    fx: Option<wire::FrozenRate>,
) -> String {
    let request_id = format!("{}-{}", amount.minor_units, amount.currency);
    let request =
        wire::OpenOpportunityRequest { amount: Some(amount), fx, ..deal(&request_id, pipeline_id, "") };
    clients.pipelines().open_opportunity(request).await.unwrap().into_inner().opportunity_id
}

/// A deal is revised to an amount; the position.
async fn revised(
    clients: &Clients,
    opportunity_id: &str,
    amount: wire::Money,
    fx: Option<wire::FrozenRate>,
) -> u64 {
    let request = wire::ReviseOpportunityAmountRequest {
        header: header("revise"),
        opportunity_id: opportunity_id.to_owned(),
        amount: Some(amount),
        fx,
    };
    let revised = clients.pipelines().revise_opportunity_amount(request).await.unwrap().into_inner();
    revised.receipt.unwrap().position
}

/// A deal is won for an amount; the position.
async fn won(
    clients: &Clients,
    opportunity_id: String,
    amount: wire::Money,
    fx: Option<wire::FrozenRate>,
) -> u64 {
    let amount = Some(amount);
    let request = wire::WinOpportunityRequest { header: header("win"), opportunity_id, amount, fx };
    let won = clients.pipelines().win_opportunity(request).await.unwrap().into_inner();
    won.receipt.unwrap().position
}

/// The question for the pipeline in euros.
fn in_euros(header: Option<wire::QueryHeader>) -> wire::GetPipelineViewRequest {
    wire::GetPipelineViewRequest { header, currency: "EUR".to_owned(), ..Default::default() }
}

fn as_of(position: u64) -> Option<wire::QueryHeader> {
    Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(position)) })
}

async fn view(clients: &Clients, request: wire::GetPipelineViewRequest) -> wire::GetPipelineViewResponse {
    clients.pipelines().get_pipeline_view(request).await.unwrap().into_inner()
}

/// Deals of 1,000.00 EUR, 200.00 USD at 0.92135, 30,000 yen without a rate, and one that is won for 50.01 USD at 0.92135. The id of
/// the second one, and the position.
async fn a_company(clients: &Clients) -> (String, u64) {
    let sales = sales(clients).await;
    opened(clients, &sales, money(100_000, "EUR"), None).await;
    let dollars = opened(clients, &sales, money(20_000, "USD"), to_euros("0.92135")).await;
    opened(clients, &sales, money(30_000, "JPY"), None).await;
    let sold = opened(clients, &sales, money(4_000, "USD"), None).await;
    let position = won(clients, sold, money(5_001, "USD"), to_euros("0.92135")).await;
    (dollars, position)
}

/// By hand: 1,000.00 EUR and 184.27 EUR stand in a stage of 10 %, and 50.01 x 0.92135 = 46.0767 EUR are won.
fn by_hand() -> wire::ConvertedView {
    wire::ConvertedView {
        currency: "EUR".to_owned(),
        open_amount: Some(money(118_427, "EUR")),
        weighted_amount: Some(money(11_843, "EUR")),
        won_amount: Some(money(4_608, "EUR")),
        lost_amount: Some(money(0, "EUR")),
        unconverted: Some(wire::UnconvertedDeals {
            open: 1,
            open_amount: vec![money(30_000, "JPY")],
            ..wire::UnconvertedDeals::default()
        }),
    }
}

#[tokio::test]
async fn a_pipeline_is_read_in_one_currency_by_rates_frozen_with_amounts() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (dollars, then) = a_company(clients).await;
    let before = view(clients, in_euros(after(then))).await;
    assert_eq!(before.converted, Some(by_hand()));

    // The same amount at the rate of another day is worth less from now on, and no less before.
    let now = revised(clients, &dollars, money(20_000, "USD"), to_euros("0.5")).await;
    let less = view(clients, in_euros(after(now))).await.converted.unwrap();
    assert_eq!((less.open_amount, less.won_amount), (Some(money(110_000, "EUR")), by_hand().won_amount));
    assert_eq!(view(clients, in_euros(as_of(then))).await.converted, Some(by_hand()));
    let question = wire::GetOpportunityRequest { header: after(now), opportunity_id: dollars };
    let shown = clients.pipelines().get_opportunity(question).await.unwrap().into_inner();
    let shown = shown.opportunity.unwrap();
    assert_eq!((shown.fx, shown.base_amount), (to_euros("0.5"), Some(money(10_000, "EUR"))));

    // The certificate holds the currency: whoever asks its question again has the same answer.
    let certificate = before.certificate.unwrap();
    let question = wire::GetPipelineViewRequest::decode(certificate.question.as_slice()).unwrap();
    assert_eq!(question.currency, "EUR");
    let again = view(clients, question).await;
    assert_eq!((again.converted, again.certificate), (Some(by_hand()), Some(certificate)));

    let plain = wire::GetPipelineViewRequest { currency: String::new(), ..in_euros(after(now)) };
    let plain = view(clients, plain).await;
    assert_eq!(plain.converted, None);
    assert_eq!(plain.open_amount, [money(100_000, "EUR"), money(30_000, "JPY"), money(20_000, "USD")]);
}

#[tokio::test]
async fn who_watches_a_pipeline_in_one_currency_is_told_of_another_rate() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (dollars, position) = a_company(clients).await;
    let request =
        wire::WatchPipelineViewRequest { view: Some(in_euros(after(position))), resume_token: String::new() };
    let mut messages = clients.pipelines().watch_pipeline_view(request).await.unwrap().into_inner();
    let first = messages.message().await.unwrap().unwrap().view.unwrap();
    assert_eq!(first.converted, Some(by_hand()));
    revised(clients, &dollars, money(20_000, "USD"), to_euros("0.5")).await;
    let next = messages.message().await.unwrap().unwrap().view.unwrap();
    assert_eq!(next.converted.unwrap().open_amount, Some(money(110_000, "EUR")));
    assert_eq!(next.open_amount, first.open_amount);
}

#[tokio::test]
async fn a_rate_of_nothing_or_to_the_same_currency_is_refused_and_a_faulty_one_by_its_fields() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let sales = sales(clients).await;
    let open = |request_id: &str, amount: Option<wire::Money>, fx| wire::OpenOpportunityRequest {
        amount,
        fx,
        ..deal(request_id, &sales, "")
    };
    for (request, expected) in [
        (open("nothing", None, to_euros("0.9")), "OPPORTUNITY_RATE_WITHOUT_AMOUNT"),
        (open("same", Some(money(1, "EUR")), to_euros("0.9")), "OPPORTUNITY_RATE_TO_SAME_CURRENCY"),
        (open("large", Some(money(i64::MAX, "USD")), to_euros("2")), "OPPORTUNITY_AMOUNT_OVERFLOW"),
    ] {
        let refused = clients.pipelines().open_opportunity(request).await.unwrap_err();
        assert_eq!(reason(&refused), expected);
    }
    let faulty = open("faulty", Some(money(1, "USD")), Some(wire::FrozenRate::default()));
    let refused = clients.pipelines().open_opportunity(faulty).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["fx.base_currency", "fx.rate", "fx.rate_date"]);
    let question = wire::GetPipelineViewRequest { currency: "EURO".to_owned(), ..Default::default() };
    let refused = clients.pipelines().get_pipeline_view(question).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["currency"]);
}

/// What a command says of the deal, and the position.
fn told(server: &Process, arguments: &[&str]) -> (Value, String) {
    let document = server.json(&[&["deal"], arguments, &["--json"]].concat());
    (document["opportunity"].clone(), document["position"].to_string())
}

#[tokio::test]
async fn the_command_line_takes_rates_and_reads_the_pipeline_in_one_currency() {
    let (_folder, server) = served();
    let sales = sales(&Clients::connect(&server.gateway).await).await;
    let open = ["open", "--pipeline", sales.as_str(), "--title", "Chairs"];
    let dollars = ["--amount", "100.00", "--currency", "USD", "--fx", "EUR=0.9@2026-11-19"];
    let (deal, _) = told(&server, &[&open[..], &dollars[..]].concat());
    assert_eq!(deal["base_amount"]["decimal"], "90.00");
    let id = deal["opportunity_id"].as_str().unwrap();
    let worth = ["--amount", "200.00", "--currency", "USD", "--fx", "EUR=0.92135@2026-11-20"];
    let (deal, _) = told(&server, &[&["revise", id][..], &worth[..]].concat());
    let fx = json!({ "base_currency": "EUR", "rate": "0.92135", "rate_date": "2026-11-20" });
    assert_eq!((&deal["fx"], &deal["base_amount"]["decimal"]), (&fx, &json!("184.27")));
    told(&server, &[&open[..], &["--amount", "30000", "--currency", "JPY"][..]].concat());
    let (sold, _) = told(&server, &[&open[..], &dollars[..]].concat());
    let sold = sold["opportunity_id"].as_str().unwrap();
    let (sold, position) = told(&server, &["win", sold]);
    assert_eq!((&sold["status"], &sold["base_amount"]["decimal"]), (&json!("won"), &json!("90.00")));

    let asked = ["pipeline", "--currency", "EUR", "--min-position", position.as_str()];
    let converted = server.json(&[&asked[..], &["--json"]].concat())["converted"].clone();
    assert_eq!(converted["open_amount"]["decimal"], "184.27");
    assert_eq!(converted["won_amount"]["decimal"], "90.00");
    assert_eq!(converted["unconverted"]["open"], 1);
    let shown = server.run(&asked);
    let shown = String::from_utf8_lossy(&shown.stdout);
    for line in [
        "In EUR: open 184.27 EUR, weighted 18.43 EUR, won 90.00 EUR, lost 0.00 EUR\n",
        "Without a rate to EUR, and not in it: 1 open: 30000 JPY\n",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    let plain = server.json(&["pipeline", "--min-position", &position, "--json"]);
    assert_eq!(plain["converted"], Value::Null);
    server.terminate();
}
