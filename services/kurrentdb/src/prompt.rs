//! Sockets that send at once.
//!
//! The library does not set `TCP_NODELAY`: a request waits for the acknowledgement of the one before, and the server's
//! kernel takes 40 ms for it. The library hands out no socket, and to name one by its number is not safe in Rust. So
//! the process sends the socket to itself over a pair of Unix sockets and gets it back as a handle of its own, which
//! stands for the same connection; the option set there holds for both.

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg, sockopt};
use sendfd::SendWithFd;

/// The open files of this process. Both names are tried: the first is Linux's.
const OPEN_FILES: [&str; 2] = ["/proc/self/fd", "/dev/fd"];
/// A connection may be replaced without any call failing; so the sockets are looked at again after this time.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(15);

/// When to look for new sockets.
#[derive(Debug)]
pub(crate) struct Prompt {
    due: AtomicBool,
    looked: Mutex<Instant>,
}

impl Prompt {
    pub(crate) fn new() -> Self {
        Self { due: AtomicBool::new(true), looked: Mutex::new(Instant::now()) }
    }

    /// After a failure the next call has a connection of its own.
    pub(crate) fn call_failed(&self) {
        self.due.store(true, Ordering::Relaxed);
    }

    /// After a success there is a connection; it is made prompt unless that was done lately.
    pub(crate) async fn call_succeeded(&self) {
        let long_ago = self.looked.lock().elapsed() > LOOK_AGAIN_AFTER;
        if self.due.swap(false, Ordering::Relaxed) || long_ago {
            *self.looked.lock() = Instant::now();
            let done = tokio::task::spawn_blocking(make_prompt).await;
            match done {
                Ok(Ok(sockets)) if sockets > 0 => tracing::debug!(sockets, "sockets send at once now"),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "sockets cannot be told to send at once; an append may take 40 ms longer");
                }
                Err(_) => tracing::error!("looking for sockets panicked"),
            }
        }
    }
}

/// Makes every connected TCP socket of this process send at once; how many did not before. Those of others may be
/// among them: it does them no harm.
pub(crate) fn make_prompt() -> std::io::Result<usize> {
    let (here, there) = UnixStream::pair()?;
    let mut changed = 0;
    for number in sockets()? {
        // One that was closed meanwhile is none of ours any more.
        if let Some(socket) = handle(&here, &there, number)
            && sockopt::tcp_nodelay(&socket).is_ok_and(|at_once| !at_once)
            && rustix::net::getpeername(&socket).is_ok()
        {
            sockopt::set_tcp_nodelay(&socket, true)?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// Numbers of the open files that are sockets.
fn sockets() -> std::io::Result<Vec<RawFd>> {
    let folder = OPEN_FILES.iter().map(Path::new).find(|folder| folder.is_dir());
    let folder = folder.ok_or_else(|| std::io::Error::other("the system does not list open files"))?;
    let mut numbers = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let is_socket = std::fs::read_link(entry.path())
            .map_or(true, |target| target.to_string_lossy().starts_with("socket:"));
        if is_socket && let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

/// A handle of our own for an open file, sent from here to there.
fn handle(here: &UnixStream, there: &UnixStream, number: RawFd) -> Option<OwnedFd> {
    here.send_with_fd(&[0], &[number]).ok()?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(there.as_fd(), &mut [IoSliceMut::new(&mut byte)], &mut received, RecvFlags::CMSG_CLOEXEC).ok()?;
    received.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connected_socket_is_made_to_send_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!socket.nodelay().unwrap());
        assert!(make_prompt().unwrap() >= 1);
        assert!(socket.nodelay().unwrap());
    }

    #[test]
    fn files_that_are_no_sockets_are_left_alone() {
        let file = tempfile::tempfile().unwrap();
        let numbers = sockets().unwrap();
        assert!(!numbers.contains(&std::os::fd::AsRawFd::as_raw_fd(&file)));
        assert_eq!(
            handle(&UnixStream::pair().unwrap().0, &UnixStream::pair().unwrap().1, -1).map(drop),
            None
        );
    }
}
