use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rapport_proto::v1::interaction_service_server::{InteractionService, InteractionServiceServer};
use rapport_proto::v1::{
    CommandHeader, CorrectInteractionRequest, CorrectInteractionResponse, GetTimelineRequest,
    GetTimelineResponse, ItemRefused, Receipt, RecordInteractionRequest, RecordInteractionResponse,
    RecordInteractionsResponse, RedactInteractionRequest, RedactInteractionResponse, WatchTimelineRequest,
    WatchTimelineResponse, record_interactions_response::Outcome,
};
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::*;

/// A gateway that takes interactions, refuses those that say so, and lets streams break.
#[derive(Default)]
struct Gateway {
    /// Items that each of the first streams takes before it breaks.
    breaks: Mutex<Vec<usize>>,
    streams: Arc<AtomicUsize>,
    received: Arc<Mutex<Vec<String>>>,
}

type Answers = Pin<Box<dyn Stream<Item = Result<RecordInteractionsResponse, Status>> + Send>>;

#[tonic::async_trait]
impl InteractionService for Gateway {
    type RecordInteractionsStream = Answers;
    type WatchTimelineStream = Silence;

    async fn record_interactions(
        &self,
        request: Request<Streaming<RecordInteractionRequest>>,
    ) -> Result<Response<Answers>, Status> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        let mut left = self.breaks.lock().unwrap().pop().unwrap_or(usize::MAX);
        let received = Arc::clone(&self.received);
        let answers = request.into_inner().map(move |item| {
            if left == 0 {
                return Err(Status::unavailable("going away"));
            }
            left -= 1;
            let item = item?;
            let request_id = item.header.map(|header| header.request_id).unwrap_or_default();
            received.lock().unwrap().push(request_id.clone());
            let outcome = if item.outcome == "refuse" {
                Outcome::Refused(ItemRefused { code: 9, reason: "NO".to_owned(), ..ItemRefused::default() })
            } else {
                let receipt = Some(Receipt { revision: None, position: 1 });
                Outcome::Recorded(RecordInteractionResponse { interaction_id: String::new(), receipt })
            };
            Ok(RecordInteractionsResponse { index: 0, request_id, outcome: Some(outcome) })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn record_interaction(
        &self,
        _request: Request<RecordInteractionRequest>,
    ) -> Result<Response<RecordInteractionResponse>, Status> {
        Err(Status::unimplemented("not used"))
    }

    async fn correct_interaction(
        &self,
        _request: Request<CorrectInteractionRequest>,
    ) -> Result<Response<CorrectInteractionResponse>, Status> {
        Err(Status::unimplemented("not used"))
    }

    async fn redact_interaction(
        &self,
        _request: Request<RedactInteractionRequest>,
    ) -> Result<Response<RedactInteractionResponse>, Status> {
        Err(Status::unimplemented("not used"))
    }

    async fn get_timeline(
        &self,
        _request: Request<GetTimelineRequest>,
    ) -> Result<Response<GetTimelineResponse>, Status> {
        Err(Status::unimplemented("not used"))
    }

    async fn watch_timeline(
        &self,
        _request: Request<WatchTimelineRequest>,
    ) -> Result<Response<Silence>, Status> {
        Err(Status::unimplemented("not used"))
    }
}

type Silence = tokio_stream::Pending<Result<WatchTimelineResponse, Status>>;

#[derive(Default)]
struct Book {
    applied: AtomicU64,
    refused: Mutex<Vec<usize>>,
}

impl Ledger<usize> for Book {
    fn applied(&self, _origin: &usize, _receipt: Receipt) {
        self.applied.fetch_add(1, Ordering::Relaxed);
    }

    fn refused(&self, origin: &usize, _place: usize, _refusal: Refusal) {
        self.refused.lock().unwrap().push(*origin);
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

async fn serve(gateway: Gateway) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = InteractionServiceServer::new(gateway);
    let server = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let channel =
        crate::client::connect(&address.to_string(), &crate::tls::ClientOptions::default()).await.unwrap();
    Client::new(channel, &"import:test".parse().unwrap(), Duration::from_secs(10)).unwrap()
}

fn interactions(
    number: usize,
    refused: &'static [usize],
) -> impl Iterator<Item = (usize, Box<RecordInteractionRequest>)> {
    (0..number).map(move |place| {
        let header = CommandHeader { request_id: format!("r-{place:06}"), ..CommandHeader::default() };
        let outcome = if refused.contains(&place) { "refuse" } else { "" };
        let request = RecordInteractionRequest {
            header: Some(header),
            outcome: outcome.to_owned(),
            ..RecordInteractionRequest::default()
        };
        (place, Box::new(request))
    })
}

#[tokio::test]
async fn interactions_arrive_in_their_order_and_a_refused_one_does_not_end_it() {
    let gateway = Gateway::default();
    let (received, streams) = (Arc::clone(&gateway.received), Arc::clone(&gateway.streams));
    let client = serve(gateway).await;
    let book = Book::default();
    let number = WINDOW * 2 + 7;
    in_order(&client, interactions(number, &[3, 5000]), &book).await.unwrap();
    assert_eq!(book.applied.into_inner(), (number - 2) as u64);
    assert_eq!(book.refused.into_inner().unwrap(), [3, 5000]);
    let received = received.lock().unwrap();
    assert_eq!(received.len(), number);
    assert!(received.is_sorted());
    assert_eq!(streams.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_a_broken_stream_left_unanswered_is_sent_again_and_nothing_is_left_out() {
    let gateway = Gateway { breaks: Mutex::new(vec![0, 250]), ..Gateway::default() };
    let (received, streams) = (Arc::clone(&gateway.received), Arc::clone(&gateway.streams));
    let client = serve(gateway).await;
    let book = Book::default();
    in_order(&client, interactions(1000, &[]), &book).await.unwrap();
    assert_eq!(book.applied.into_inner(), 1000);
    assert_eq!(streams.load(Ordering::Relaxed), 3);
    let mut distinct = received.lock().unwrap().clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 1000);
}

#[tokio::test]
async fn nothing_to_send_opens_no_stream() {
    let gateway = Gateway::default();
    let streams = Arc::clone(&gateway.streams);
    let client = serve(gateway).await;
    in_order(&client, interactions(0, &[]), &Book::default()).await.unwrap();
    assert_eq!(streams.load(Ordering::Relaxed), 0);
}
