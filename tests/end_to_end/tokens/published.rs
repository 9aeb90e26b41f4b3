//! Where a provider publishes its keys, over TLS.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rapport::tls::ALPN_HTTP;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::authority::Authority;

/// An address that answers every question with the same.
pub(super) struct Published {
    address: SocketAddr,
    answers: Arc<Answers>,
}

struct Answers {
    answer: Mutex<String>,
    given: AtomicU64,
}

impl Published {
    pub(super) fn new(authority: &Authority, keys: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = authority.server().open(ALPN_HTTP).unwrap().unwrap()();
        let answers = Arc::new(Answers { answer: Mutex::default(), given: AtomicU64::new(0) });
        let published = Self { address, answers: Arc::clone(&answers) };
        published.publish(keys);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                // Who does not trust the certificate goes away.
                let _ = answers.give(connection.unwrap(), Arc::clone(&config));
            }
        });
        published
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}/keys", self.address)
    }

    pub(super) fn publish(&self, body: String) {
        let length = body.len();
        *self.answers.answer.lock() = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    }

    pub(super) fn move_to(&self, url: &str) {
        let moved = format!("HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
        *self.answers.answer.lock() = moved;
    }

    /// How often it answered.
    pub(super) fn fetches(&self) -> u64 {
        self.answers.given.load(Ordering::SeqCst)
    }
}

impl Answers {
    /// Answers one question, and closes.
    fn give(&self, connection: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<()> {
        let tls = ServerConnection::new(config).map_err(std::io::Error::other)?;
        let mut lines = BufReader::new(StreamOwned::new(tls, connection));
        let mut line = String::new();
        while lines.read_line(&mut line)? > 2 {
            line.clear();
        }
        let mut stream = lines.into_inner();
        self.given.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().clone();
        stream.write_all(answer.as_bytes())?;
        stream.conn.send_close_notify();
        stream.flush()
    }
}
