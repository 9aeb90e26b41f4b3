//! A few lines of HTTP, to fetch what stands beside the metrics.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// The body of an answer that is 200 OK.
///
/// # Panics
/// When it is another one, or nobody answers.
#[must_use]
pub fn get(address: &str, path: &str) -> Vec<u8> {
    let mut connection = TcpStream::connect(address).expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("it is answered");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let body = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer);
    assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}");
    body
}
