//! Gets a line to a host: every address it has is tried, IPv6 and IPv4, each a moment after the one before, and the first to answer wins.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use hickory_resolver::TokioResolver;
use model::{Problem, ProblemCode};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

use crate::{RemoteError, Retry};

use super::config::{Encryption, Server};
use super::fault::no_network;

/// Between the beginnings of two attempts.
const STAGGER: Duration = Duration::from_millis(250);
/// Addresses tried of one host.
const MOST_ADDRESSES: usize = 8;

/// A line to `server`. Without encryption only one that does not leave this machine.
pub(crate) async fn dial(server: &Server, patience: Duration) -> Result<TcpStream, RemoteError> {
    let mut addresses = timeout(patience, resolve(server))
        .await
        .unwrap_or_else(|_| Err(offline(ProblemCode::HostUnknown, server)))?;
    if server.encryption == Encryption::None {
        addresses.retain(|address| address.ip().to_canonical().is_loopback());
        if addresses.is_empty() {
            let problem = Problem::new(ProblemCode::EncryptionRefused).with("host", &server.host);
            return Err(RemoteError::permanent(problem));
        }
    }
    let dialled = timeout(patience, first_to_answer(&addresses)).await;
    match dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(stream) => {
            // Commands are small and waited for.
            stream.set_nodelay(true).ok();
            Ok(stream)
        }
        Err(error) if no_network(&error) => Err(offline(ProblemCode::Unreachable, server)),
        Err(error) => Err(RemoteError::transient(unreachable(server).because(error))),
    }
}

fn unreachable(server: &Server) -> Problem {
    Problem::new(ProblemCode::Unreachable).with("host", &server.host).with("port", server.port)
}

fn offline(code: ProblemCode, server: &Server) -> RemoteError {
    let problem = Problem::new(code).with("host", &server.host).with("port", server.port);
    RemoteError { retry: Retry::Offline, problem }
}

async fn resolve(server: &Server) -> Result<Vec<SocketAddr>, RemoteError> {
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    match lookup_host((host, server.port)).await {
        Ok(found) => Ok(interleaved(found.collect())),
        Err(_) if does_not_exist(host).await => {
            let problem = Problem::new(ProblemCode::HostUnknown).with("host", &server.host);
            Err(RemoteError::permanent(problem))
        }
        Err(_) => Err(offline(ProblemCode::HostUnknown, server)),
    }
}

/// Whether name servers answered that there is no such host. The system's resolver tells this and "no network" apart in words only.
async fn does_not_exist(host: &str) -> bool {
    let Ok(builder) = TokioResolver::builder_tokio() else { return false };
    match builder.build().lookup_ip(host).await {
        Ok(_) => false,
        Err(error) => error.is_nx_domain(),
    }
}

/// One of each family in turn, in the order the system prefers.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let longest = first.len().max(second.len());
    let turn = |at: usize| [first.get(at).copied(), second.get(at).copied()];
    (0..longest).flat_map(turn).flatten().take(MOST_ADDRESSES).collect()
}

async fn first_to_answer(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut attempts: FuturesUnordered<_> = addresses
        .iter()
        .zip(0_u32..)
        .map(|(address, turn)| async move {
            sleep(STAGGER * turn).await;
            TcpStream::connect(address).await
        })
        .collect();
    let mut last = io::ErrorKind::NotFound.into();
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: &str, encryption: Encryption) -> Server {
        Server { host: host.to_owned(), port: 143, encryption }
    }

    #[test]
    fn both_families_take_turns() {
        let all = ["[::1]:1", "[::2]:1", "1.1.1.1:1"].map(|text| text.parse().unwrap());
        let turns = interleaved(all.to_vec()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(turns, ["[::1]:1", "1.1.1.1:1", "[::2]:1"]);
    }

    #[tokio::test]
    async fn without_encryption_no_other_machine_is_spoken_to() {
        let error = dial(&server("192.0.2.1", Encryption::None), Duration::from_secs(5)).await.unwrap_err();
        assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::EncryptionRefused));
    }

    #[tokio::test]
    async fn a_closed_port_is_unreachable_for_now() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let server = Server { host: "localhost".to_owned(), port, encryption: Encryption::Tls };
        let error = dial(&server, Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(error.problem.code, ProblemCode::Unreachable);
        assert_eq!(error.retry, Retry::Transient { after: None });
    }

    #[tokio::test]
    async fn a_name_that_cannot_exist_is_a_mistake_and_not_a_missing_network() {
        let error = dial(&server("mail.nowhere.invalid", Encryption::Tls), Duration::from_secs(10))
            .await
            .unwrap_err();
        assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::HostUnknown));
    }
}
