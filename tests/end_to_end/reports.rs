//! A report that is computed again, after the log has gone on.

use std::path::Path;

use prost::Message as _;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, deal, euros, pipeline};
use rapport_tests::{Process, World};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Opens a deal, and says up to where the log goes then.
async fn open(world: &World, request_id: &str, pipeline_id: &str, minor_units: i64) -> u64 {
    let opening =
        wire::OpenOpportunityRequest { amount: euros(minor_units), ..deal(request_id, pipeline_id, "") };
    let opened = world.pipelines().open_opportunity(opening).await.unwrap();
    opened.into_inner().receipt.unwrap().position
}

async fn view(world: &World, question: wire::GetPipelineViewRequest) -> wire::GetPipelineViewResponse {
    world.pipelines().get_pipeline_view(question).await.unwrap().into_inner()
}

/// The digest of an answer, as the contract defines it.
fn digest(view: &wire::GetPipelineViewResponse) -> String {
    let result =
        wire::GetPipelineViewResponse { position: 0, as_of: None, certificate: None, ..view.clone() };
    Sha256::digest(result.encode_to_vec()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_report_can_be_computed_again_however_the_log_goes_on() {
    let world = World::start().await;
    let sales = world.pipelines().publish_pipeline(pipeline("p")).await.unwrap().into_inner().pipeline_id;
    let then = open(&world, "o1", &sales, 500).await;
    let question = |position| wire::GetPipelineViewRequest { header: after(position), ..Default::default() };
    let reported = view(&world, question(then)).await;
    let certificate = reported.certificate.clone().unwrap();
    assert_eq!(certificate.result_sha256, digest(&reported));
    assert_eq!((certificate.position, certificate.projection.as_str()), (then, "pipeline"));

    let now = open(&world, "o2", &sales, 70).await;
    let later = view(&world, question(now)).await;
    assert_ne!(later.certificate.unwrap().result_sha256, certificate.result_sha256);

    let asked_again = wire::GetPipelineViewRequest::decode(certificate.question.as_slice()).unwrap();
    let computed = view(&world, asked_again).await;
    assert_eq!(digest(&computed), certificate.result_sha256);
    assert_eq!(computed.certificate, Some(certificate), "the whole certificate is the same");
}

#[test]
fn the_command_line_computes_a_report_again_and_tells_a_changed_one() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_rapport-under-test"));
    let data = folder.path().join("data");
    let demo = ["demo", "--exit", "--customers", "30", "--listen", "127.0.0.1:0"];
    let made = std::process::Command::new(program)
        .args(demo)
        .args(["--operations-listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let server = Process::serve(program, &data, &[]).unwrap();
    let file = folder.path().join("report.json");
    let rerun = ["report", "rerun", file.to_str().unwrap()];
    let ever = ["--from", "2000-01-01", "--to", "2999-01-01"];
    let of_sales = ["conversion", "dwell", "win-loss", "velocity", "accuracy"];
    let of_sales = of_sales.map(|report| [&["pipeline", report], &ever[..]].concat());
    let others = [["pipeline"].as_slice(), &["churn"], &["churn", "--at-risk", "--limit=2"]];
    for report in others.into_iter().chain(of_sales.iter().map(Vec::as_slice)) {
        let mut document = server.json(&[report, &["--json"]].concat());
        std::fs::write(&file, document.to_string()).unwrap();
        let again = server.run(&rerun);
        assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
        assert!(String::from_utf8_lossy(&again.stdout).starts_with("equal: "), "{again:?}");

        document["certificate"]["result_sha256"] = Value::from("0".repeat(64));
        std::fs::write(&file, document["certificate"].to_string()).unwrap();
        assert_eq!(server.run(&rerun).status.code(), Some(8), "{report:?}");
    }
    server.terminate();
}
