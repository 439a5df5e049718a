//! A byte stream to a server, plain or under TLS, with whole frames read from it.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::BytesMut;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::sync::Mutex;
use wire::{Fault, FaultKind, TlsOptions};

use crate::{
    SessionOptions, driver, fault, net,
    stage::Probe,
    tls::{self, TlsSettings},
};

/// Anything bytes go through.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One connection to a server. Reading and writing are apart, so that a message can overtake an answer under way.
pub(crate) struct Link {
    reader: Mutex<Option<Reader>>,
    writer: Mutex<Option<WriteHalf<Box<dyn Stream>>>>,
    /// The server ended its side in good order.
    has_ended: AtomicBool,
    /// The server's name as the script wrote it.
    pub(crate) host: String,
}

/// The reading half, with what came and is not taken yet.
struct Reader {
    half: ReadHalf<Box<dyn Stream>>,
    incoming: BytesMut,
}

/// What is known about an open link: what the package's socket shows (`address`, `family`, `port`).
pub(crate) type Info = Map<String, Value>;

impl Link {
    /// Connects to checked addresses of a host that the policy allows; `tls` from the first byte when asked for.
    pub(crate) async fn open(
        host: &str,
        port: u16,
        tls: Option<&TlsOptions>,
        wait_ms: Option<u64>,
        options: &SessionOptions,
        probe: &Probe,
    ) -> Result<(Link, Info), Fault> {
        let addresses = net::resolve(&options.policy, host, port).await?;
        probe.looked_up(&addresses);
        let wait = wait_ms.filter(|wait| *wait > 0).unwrap_or(options.limits.wall_ms);
        let target = driver::Target {
            parameters: &Map::new(),
            host,
            addresses: &addresses,
            connect_timeout: Duration::from_millis(wait),
            reached: &|_, _| {},
        };
        let stream = net::dial(&target).await?;
        let peer = stream.peer_addr().unwrap_or(addresses[0]);
        probe.connected(peer);
        let family = if peer.is_ipv4() { "IPv4" } else { "IPv6" };
        let mut info = Map::new();
        info.insert("address".to_owned(), json!(peer.ip().to_string()));
        info.insert("family".to_owned(), json!(family));
        info.insert("port".to_owned(), json!(peer.port()));
        let link = Link::over(Box::new(stream), host);
        if let Some(tls) = tls {
            info.extend(link.secure(host, tls.clone().into(), |stream| stream, probe).await?);
        }
        Ok((link, info))
    }

    /// A link over any stream.
    pub(crate) fn over(stream: Box<dyn Stream>, host: &str) -> Link {
        let (half, writer) = split(stream);
        Link {
            reader: Mutex::new(Some(Reader { half, incoming: BytesMut::new() })),
            writer: Mutex::new(Some(writer)),
            has_ended: AtomicBool::new(false),
            host: host.to_owned(),
        }
    }

    /// Goes on under TLS. `wrapped` may put a layer between (TDS carries the handshake inside its own packets).
    pub(crate) async fn secure<F>(
        &self,
        host: &str,
        settings: TlsSettings,
        wrapped: F,
        probe: &Probe,
    ) -> Result<Info, Fault>
    where
        F: FnOnce(Box<dyn Stream>) -> Box<dyn Stream>,
    {
        let (mut reader, mut writer) = (self.reader.lock().await, self.writer.lock().await);
        let (Some(taken), Some(half)) = (reader.take(), writer.take()) else { return Err(hung_up()) };
        if !taken.incoming.is_empty() {
            // Bytes from before the handshake would pass as the server's own behind it.
            return Err(fault::fault(
                FaultKind::Tls,
                "the server sent data in plain text where the TLS handshake begins",
            ));
        }
        let stream = tls::wrap(wrapped(taken.half.unsplit(half)), &settings, host).await?;
        let (_, session) = stream.get_ref();
        let protocol = tls::version(session);
        let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
        probe.secured(protocol, settings.verify);
        let stream: Box<dyn Stream> = Box::new(stream);
        let (half, write) = split(stream);
        *reader = Some(Reader { half, incoming: BytesMut::new() });
        *writer = Some(write);
        let mut info = Map::new();
        info.insert("protocol".to_owned(), json!(protocol));
        info.insert("cipher".to_owned(), json!(cipher));
        Ok(info)
    }

    /// Sends bytes, also past an answer that is being read.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Result<(), Fault> {
        let mut writer = self.writer.lock().await;
        let Some(half) = writer.as_mut() else { return Err(hung_up()) };
        let sent = async {
            half.write_all(bytes).await?;
            half.flush().await
        };
        sent.await.map_err(|error| io_fault(&error, "write"))
    }

    /// The next whole frame. `length` says how long the frame at the start of the given bytes is, once that can be told; a
    /// frame longer than `limit` bytes is refused before it is read. None when the server hung up between two frames.
    ///
    /// May be dropped: what came so far is kept for the next call.
    pub(crate) async fn frame(
        &self,
        length: impl Fn(&[u8]) -> Result<Option<usize>, Fault> + Send,
        limit: u64,
    ) -> Result<Option<BytesMut>, Fault> {
        let mut reader = self.reader.lock().await;
        let Some(reader) = reader.as_mut() else { return Err(hung_up()) };
        loop {
            if let Some(length) = length(&reader.incoming)? {
                if length as u64 > limit {
                    return Err(fault::limit(&format!("{limit} bytes per answer"), "ask for less at once"));
                }
                if reader.incoming.len() >= length {
                    return Ok(Some(reader.incoming.split_to(length)));
                }
            }
            let read = reader.half.read_buf(&mut reader.incoming).await;
            self.has_ended.fetch_or(matches!(read, Ok(0)), Ordering::Relaxed);
            match read {
                Ok(0) if reader.incoming.is_empty() => return Ok(None),
                Ok(0) => return Err(hung_up()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && reader.incoming.is_empty() => {
                    return Ok(None);
                }
                Err(error) => return Err(io_fault(&error, "read")),
            }
        }
    }

    /// The connection itself, for whoever needs it longer than its client. None while somebody uses it.
    pub(crate) async fn take(&self) -> Option<Link> {
        let mut reader = self.reader.try_lock().ok()?;
        let half = self.writer.lock().await.take()?;
        let reader = reader.take()?;
        let (reader, writer) = (Mutex::new(Some(reader)), Mutex::new(Some(half)));
        Some(Link { reader, writer, has_ended: AtomicBool::new(false), host: self.host.clone() })
    }

    /// Whether the server ended its side in good order, also in the middle of a frame.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Hangs up.
    pub(crate) async fn close(&self) {
        if let Some(mut half) = self.writer.lock().await.take() {
            let _ = tokio::time::timeout(Duration::from_millis(200), half.shutdown()).await;
        }
        // A read under way keeps the reader; it ends when the server hangs up too.
        if let Ok(mut reader) = self.reader.try_lock() {
            *reader = None;
        }
    }
}

/// The server hung up in the middle of something, or before.
pub(crate) fn hung_up() -> Fault {
    let mut found = fault::fault(FaultKind::Connection, "read ECONNRESET");
    found.code = Some("ECONNRESET".to_owned());
    found.fields.insert("errno".to_owned(), json!(-104));
    found.fields.insert("syscall".to_owned(), json!("read"));
    found.hint = Some("The server ended the connection: it was restarted, or something between cut it.".to_owned());
    found
}

/// An I/O error as Node's socket words it.
fn io_fault(error: &io::Error, call: &str) -> Fault {
    let (code, errno) = match error.kind() {
        io::ErrorKind::BrokenPipe => ("EPIPE", -32),
        io::ErrorKind::TimedOut => ("ETIMEDOUT", -110),
        io::ErrorKind::HostUnreachable => ("EHOSTUNREACH", -113),
        io::ErrorKind::NetworkUnreachable => ("ENETUNREACH", -101),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
            ("ECONNRESET", -104)
        }
        _ => return fault::fault(FaultKind::Connection, format!("{call} failed: {error}")),
    };
    let mut found = hung_up();
    found.message = format!("{call} {code}");
    found.code = Some(code.to_owned());
    found.fields.insert("errno".to_owned(), json!(errno));
    found.fields.insert("syscall".to_owned(), json!(call));
    found
}
