//! The whole suite, over the wire.

use std::future::Future;

use futures::{StreamExt, stream};
use rapport_event_store::conformance::CASES;

use crate::served::Served;

/// Cases that are checked at a time, each on a log of its own.
const AT_A_TIME: usize = 4;

async fn every_case_holds<S: Future<Output = Served>>(serve: impl Fn() -> S) {
    let cases = stream::iter(CASES).map(|case| {
        let serving = serve();
        async move {
            let served = serving.await;
            let mut replica = served.replica().await;
            println!("{}", case.name);
            (case.run)(&mut replica).await;
        }
    });
    cases.buffer_unordered(AT_A_TIME).collect::<()>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_holds_over_the_wire_on_a_log_in_memory() {
    every_case_holds(Served::in_memory).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_holds_over_the_wire_on_a_log_on_disk() {
    every_case_holds(Served::on_disk).await;
}
