//! A few lines of HTTP, to fetch what stands beside the metrics.

use std::io::{Read, Write};
use std::net::TcpStream;

/// The body of an answer that is 200 OK.
///
/// # Panics
/// When it is another one, or nobody answers.
#[must_use]
pub fn get(address: &str, path: &str) -> Vec<u8> {
    let connection = TcpStream::connect(address).expect("somebody listens");
    let (status, body) = exchange(connection, path, "");
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    body
}

/// The status of an answer and its body, over a connection that is there. `headers` end with a line break each.
///
/// # Panics
/// When there is no answer, or none of HTTP.
#[must_use]
pub fn exchange(mut connection: impl Read + Write, path: &str, headers: &str) -> (u16, Vec<u8>) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    connection.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("it is answered");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let body = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    (status.and_then(|status| status.parse().ok()).expect("a status"), body)
}
