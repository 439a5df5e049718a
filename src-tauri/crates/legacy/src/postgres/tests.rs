//! Servers that are none, or mean no good. The real one is in the acceptance tests.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use wire::FaultKind;

use super::*;
use crate::StageName;

/// Connects, with these parameters on top of the usual ones, to a server that does `serve`.
async fn against<F, S>(more: Value, serve: F) -> Result<(Connection, JoinHandle<()>), Fault>
where
    F: FnOnce(TcpStream) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut parameters = json!({"user": "ann", "password": "canary-4711", "database": "app"});
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let target = Target {
        parameters: parameters.as_object().unwrap(),
        host: "127.0.0.1",
        addresses: &[address],
        connect_timeout: Duration::from_millis(500),
        reached: &|_: StageName, _| (),
    };
    let limits = Limits::default();
    let (connected, accepted) = tokio::join!(connect(&target, &limits), async {
        let (stream, _) = listener.accept().await.unwrap();
        (tokio::spawn(serve(stream)),)
    });
    connected.map(|connection| (connection, accepted.0))
}

fn fault_of(result: Result<(Connection, JoinHandle<()>), Fault>) -> Fault {
    match result {
        Ok(_) => panic!("it connected"),
        Err(fault) => fault,
    }
}

/// A message of the server.
fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    bytes.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

#[tokio::test]
async fn another_kind_of_server_is_named_as_such() {
    let answer = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    let fault = fault_of(
        against(json!({}), async move |mut stream: TcpStream| {
            stream.write_all(answer).await.unwrap();
            let _ = stream.read(&mut [0; 64]).await;
        })
        .await,
    );
    assert_eq!(fault.kind, FaultKind::Connection);
    assert_eq!(fault.message, "Connection terminated unexpectedly");
    assert!(fault.hint.unwrap().contains("does not speak PostgreSQL's protocol"));
}

#[tokio::test]
async fn without_tls_on_the_server_nothing_is_sent_in_the_clear() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let fault = fault_of(
        against(json!({"ssl": {"rejectUnauthorized": false}}), async move |mut stream: TcpStream| {
            let mut request = [0; 8];
            stream.read_exact(&mut request).await.unwrap();
            stream.write_all(b"N").await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            let _ = tell.send(rest);
        })
        .await,
    );
    assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::Tls, "The server does not support SSL connections"));
    assert_eq!(told.await.unwrap(), b"");
}

#[tokio::test]
async fn silence_ends_with_the_connect_timeout() {
    let started = std::time::Instant::now();
    let fault = fault_of(
        against(json!({"connect_timeout_ms": 500}), async |stream: TcpStream| {
            tokio::time::sleep(Duration::from_secs(30)).await;
            drop(stream);
        })
        .await,
    );
    assert_eq!(fault.code.as_deref(), Some("ETIMEDOUT"));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_huge_message_is_refused_before_it_is_read() {
    let serving = against(json!({}), async |mut stream: TcpStream| {
        let _ = stream.read(&mut [0; 512]).await.unwrap();
        let mut ready = message(b'R', &0_u32.to_be_bytes());
        ready.extend(message(b'Z', b"I"));
        stream.write_all(&ready).await.unwrap();
        let _ = stream.read(&mut [0; 512]).await.unwrap();
        // A row that claims two gigabytes.
        let mut row = vec![b'D'];
        row.extend(0x7fff_ffff_u32.to_be_bytes());
        stream.write_all(&row).await.unwrap();
        tokio::time::sleep(Duration::from_secs(30)).await;
    });
    let Ok((mut connection, server)) = serving.await else { panic!("it does not connect") };
    let answer = connection.query("SELECT 1", &[], Protocol::Simple, &Limits::default()).await;
    let (fault, _) = answer.expect_err("no such row fits");
    assert_eq!(fault.kind, FaultKind::Limit);
    assert!(!connection.usable());
    server.abort();
}

#[tokio::test]
async fn a_password_is_asked_for_once_and_its_absence_is_clear() {
    let fault = fault_of(
        against(json!({"password": null}), async |mut stream: TcpStream| {
            let _ = stream.read(&mut [0; 512]).await.unwrap();
            stream.write_all(&message(b'R', &3_u32.to_be_bytes())).await.unwrap();
            tokio::time::sleep(Duration::from_secs(30)).await;
        })
        .await,
    );
    assert_eq!(fault.kind, FaultKind::Authentication);
    assert!(fault.message.contains("client password must be a string"), "{}", fault.message);
}
