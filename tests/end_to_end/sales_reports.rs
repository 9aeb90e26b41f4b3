//! Reports on sales: how deals flow, why they are won and lost, how fast, and how sure a promise was.

use rapport_proto::v1 as wire;
use rapport_proto::v1::ForecastCategory;
use rapport_tests::ask::{deal, euros, header, pipeline, reason, refused_fields};
use rapport_tests::{Clients, Process, World, data};
use serde_json::{Value, json};
use tonic::Code;

use crate::cross_check::CrossCheck;
use crate::real_data::{import_with, served};

/// Whatever the clock says.
const EVER: [&str; 4] = ["--from", "2000-01-01", "--to", "2999-01-01"];

/// What a report says.
fn report(server: &Process, name: &str, arguments: &[&str]) -> Value {
    server.json(&[&["pipeline", name], arguments, &["--json"]].concat())
}

async fn opened(clients: &Clients, request_id: &str, pipeline_id: &str) -> String {
    let request = wire::OpenOpportunityRequest {
        owner: "ben".to_owned(),
        amount: euros(500_000),
        ..deal(request_id, pipeline_id, "")
    };
    clients.pipelines().open_opportunity(request).await.unwrap().into_inner().opportunity_id
}

async fn lost(clients: &Clients, request_id: &str, opportunity_id: &str, competitor: &str) -> u64 {
    let request = wire::LoseOpportunityRequest {
        header: header(request_id),
        opportunity_id: opportunity_id.to_owned(),
        reason: "too dear".to_owned(),
        competitor: competitor.to_owned(),
    };
    let lost = clients.pipelines().lose_opportunity(request).await.unwrap().into_inner();
    lost.receipt.unwrap().position
}

/// A deal is offered, promised and won; the position of that.
async fn promised_and_won(clients: &Clients, opportunity_id: &str) -> u64 {
    let offered = wire::MoveOpportunityStageRequest {
        header: header("offered"),
        opportunity_id: opportunity_id.to_owned(),
        stage: "offered".to_owned(),
    };
    clients.pipelines().move_opportunity_stage(offered).await.unwrap();
    let promised = wire::OverrideForecastRequest {
        header: header("promised"),
        opportunity_id: opportunity_id.to_owned(),
        category: ForecastCategory::Commit.into(),
        probability_percent: None,
        reason: "The board has agreed".to_owned(),
    };
    clients.pipelines().override_forecast(promised).await.unwrap();
    let won = wire::WinOpportunityRequest {
        header: header("won"),
        opportunity_id: opportunity_id.to_owned(),
        amount: euros(450_000),
        fx: None,
    };
    let won = clients.pipelines().win_opportunity(won).await.unwrap().into_inner();
    won.receipt.unwrap().position
}

/// When the log has that a deal was promised.
fn promised_at(server: &Process) -> String {
    let output = server.run(&["replay", "--json", "--type", "opportunity.forecast_overridden"]);
    let line = String::from_utf8(output.stdout).unwrap();
    let event: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    event["recorded_at"].as_str().unwrap().to_owned()
}

/// Stage, deals that entered it, and what they reached.
type Converted = (String, u64, Vec<(String, u64)>);

fn converted(document: &Value) -> Vec<Converted> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let count = |value: &Value| value["opportunities"].as_u64().unwrap();
    let reached = |to: &Value| (text(&to["stage"]), count(to));
    let stages = document["stages"].as_array().unwrap().iter();
    stages
        .map(|from| {
            let reached = from["reached"].as_array().unwrap().iter().map(reached).collect();
            (text(&from["stage"]), count(from), reached)
        })
        .collect()
}

#[tokio::test]
async fn a_deal_that_was_won_and_then_lost_is_in_every_report_what_it_was_at_the_time() {
    let (_folder, server) = served();
    let clients = Clients::connect(&server.gateway).await;
    let published = clients.pipelines().publish_pipeline(pipeline("pipeline")).await.unwrap().into_inner();
    let first = opened(&clients, "first", &published.pipeline_id).await;
    let won = promised_and_won(&clients, &first).await.to_string();
    let reopened = wire::ReopenOpportunityRequest {
        header: header("reopened"),
        opportunity_id: first.clone(),
        stage: String::new(),
    };
    clients.pipelines().reopen_opportunity(reopened).await.unwrap();
    lost(&clients, "lost", &first, "Acme").await;
    let second = opened(&clients, "second", &published.pipeline_id).await;
    let head = lost(&clients, "lost-too", &second, "").await.to_string();
    let then = [&EVER[..], &["--as-of", &won]].concat();
    let now = [&EVER[..], &["--min-position", &head]].concat();

    let win_loss = report(&server, "win-loss", &then);
    assert_eq!((&win_loss["total"]["won"], &win_loss["total"]["lost"]), (&json!(1), &json!(0)));
    assert_eq!(win_loss["cohort"]["win_rate_percent"], "100.00");
    let win_loss = report(&server, "win-loss", &[&now[..], &["--by", "competitor"]].concat());
    assert_eq!((&win_loss["total"]["won"], &win_loss["total"]["lost"]), (&json!(0), &json!(2)));
    let groups = win_loss["groups"].as_array().unwrap();
    let groups: Vec<_> = groups.iter().map(|group| (&group["key"], &group["lost"])).collect();
    assert_eq!(groups, [(&Value::Null, &json!(1)), (&json!("Acme"), &json!(1))]);

    let text = |stage: &str, deals| (stage.to_owned(), deals);
    let expected = [
        ("new".to_owned(), 2, vec![text("offered", 1), text("won", 1), text("lost", 2)]),
        ("offered".to_owned(), 1, vec![text("new", 1), text("won", 1), text("lost", 1)]),
        ("won".to_owned(), 1, vec![text("new", 1), text("offered", 1), text("lost", 1)]),
        ("lost".to_owned(), 2, vec![text("new", 2), text("offered", 1), text("won", 1)]),
    ];
    assert_eq!(converted(&report(&server, "conversion", &now)), expected);
    let dwell = report(&server, "dwell", &[&now[..], &["--by-owner"]].concat());
    let visits = dwell["stages"].as_array().unwrap().iter();
    let visits: Vec<_> = visits.map(|row| (&row["stage"], &row["owner"], &row["visits"])).collect();
    let stay = [(json!("new"), json!(2)), (json!("offered"), json!(2)), (json!("won"), json!(1))];
    let ben = json!("ben");
    assert_eq!(visits, stay.each_ref().map(|(stage, visits)| (stage, &ben, visits)));

    let velocity = report(&server, "velocity", &then);
    assert_eq!((&velocity["open"], &velocity["won"]), (&json!(0), &json!(1)));
    assert_eq!(velocity["amounts"][0]["average_won_amount"]["decimal"], "4500.00");
    let promised = promised_at(&server);
    let accuracy = report(&server, "accuracy", &[&then[..], &["--forecast-at", &promised]].concat());
    let euros = &accuracy["currencies"][0];
    assert_eq!(
        (&euros["forecast"], &euros["won"], &euros["forecast_won"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!((&euros["won_share_percent"], &euros["error_percent"]), (&json!("90.00"), &json!("11.11")));
    let accuracy = report(&server, "accuracy", &[&now[..], &["--forecast-at", &promised]].concat());
    assert_eq!(accuracy["currencies"][0]["won"], 0, "as it was promised, and as it is now");
    let before = [&EVER[..], &["--as-of", "1", "--forecast-at", &promised]].concat();
    let refused = server.run(&[&["pipeline", "accuracy"], &before[..]].concat());
    assert_eq!(refused.status.code(), Some(4), "nobody had promised anything then");
    server.terminate();
}

#[tokio::test]
async fn a_report_needs_a_period_and_a_forecast_a_moment_that_has_come() {
    let world = World::start().await;
    let clients: &Clients = &world;
    clients.pipelines().publish_pipeline(pipeline("pipeline")).await.unwrap();
    let without = wire::GetWinLossRequest {
        group_by: wire::WinLossGrouping::Segment.into(),
        ..wire::GetWinLossRequest::default()
    };
    let refused = clients.pipelines().get_win_loss(without).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused_fields(&refused)),
        (Code::InvalidArgument, named(&["scope", "segment"]))
    );

    let moment = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let empty = wire::SalesScope { from: moment(7), to: moment(7), ..wire::SalesScope::default() };
    let empty = wire::GetStageDwellRequest { scope: Some(empty), ..wire::GetStageDwellRequest::default() };
    let refused = clients.pipelines().get_stage_dwell(empty).await.unwrap_err();
    assert_eq!(refused_fields(&refused), named(&["scope.to"]));

    let scope = wire::SalesScope { from: moment(7), to: moment(8), ..wire::SalesScope::default() };
    let of_tomorrow = wire::GetForecastAccuracyRequest {
        scope: Some(scope.clone()),
        forecast_at: moment(32_503_593_600),
        ..wire::GetForecastAccuracyRequest::default()
    };
    let refused = clients.pipelines().get_forecast_accuracy(of_tomorrow).await.unwrap_err();
    assert_eq!(refused_fields(&refused), named(&["forecast_at"]));
    let (from, to) = (moment(32_503_593_600), moment(32_503_593_601));
    let begins_tomorrow = wire::GetForecastAccuracyRequest {
        scope: Some(wire::SalesScope { from, to, ..wire::SalesScope::default() }),
        ..wire::GetForecastAccuracyRequest::default()
    };
    let refused = clients.pipelines().get_forecast_accuracy(begins_tomorrow).await.unwrap_err();
    assert_eq!(refused_fields(&refused), named(&["scope.from"]));

    let unknown = wire::SalesScope { pipeline_id: "pipeline_00000000000000000000000000".to_owned(), ..scope };
    let unknown = wire::GetStageConversionRequest { scope: Some(unknown), header: None };
    let refused = clients.pipelines().get_stage_conversion(unknown).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::NotFound, "PIPELINE_NOT_FOUND".to_owned()));
}

fn named(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| (*field).to_owned()).collect()
}

#[test]
fn wins_losses_and_the_sales_cycle_of_maven_are_those_that_pandas_finds() {
    let Some(folder) = data::folder("maven_crm") else { return };
    let (_folder, server) = served();
    import_with(&server, "maven-crm", &folder, &[]);
    let all = ["--from", "2016-01-01", "--to", "2018-01-01"];
    let quarter = ["--from", "2017-04-01", "--to", "2017-07-01"];

    let velocity = report(&server, "velocity", &all);
    assert_eq!((&velocity["won"], &velocity["lost"]), (&json!(4_238), &json!(2_473)));
    assert_eq!((&velocity["open"], &velocity["median_cycle_days"]), (&json!(2_089), &json!("57.00")));
    assert_eq!(velocity["amounts"][0]["amount_per_day"]["decimal"], "54640.75");
    let conversion = report(&server, "conversion", &quarter);
    let engaging = ("engaging".to_owned(), 2_388, vec![("won".to_owned(), 1_246), ("lost".to_owned(), 776)]);
    assert_eq!(converted(&conversion)[0], engaging);

    if let Some(check) = CrossCheck::with_pandas("maven_crm_sales.py") {
        for (name, period) in [("all", all), ("quarter", quarter)] {
            let ask = |answer: &str, report: &str, more: &[&str]| {
                let arguments = [&["pipeline", report, "--json"], more, &period[..]].concat();
                check.answer(&server, &format!("{answer}-{name}.json"), &arguments);
            };
            ask("product", "win-loss", &["--by-segment", "product"]);
            ask("owner", "win-loss", &["--by", "owner"]);
            ask("velocity", "velocity", &[]);
            ask("conversion", "conversion", &[]);
            ask("dwell", "dwell", &["--by-owner"]);
        }
        check.agrees(&folder);
    }
    server.terminate();
}
