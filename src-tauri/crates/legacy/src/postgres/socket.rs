//! The byte stream to a server, plain or under TLS, and whole messages read from it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use postgres_protocol::message::backend::{Header, Message};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use wire::{Fault, FaultKind};

use super::{fault, settings::Settings};
use crate::{StageName, driver::Target, tls};

/// The longest message taken while no query's limit applies (start-up, notices).
pub(crate) const SMALL: u64 = 1 << 20;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that carries whole protocol messages.
pub(crate) struct Socket {
    stream: Stream,
    incoming: BytesMut,
    outgoing: BytesMut,
    /// Where it leads; a cancel request goes there too.
    pub(crate) address: Option<SocketAddr>,
}

/// A message, with the length the protocol states for it.
pub(crate) struct Received {
    /// The message.
    pub(crate) message: Message,
    /// Its length as on the wire, without the tag.
    pub(crate) length: i32,
}

impl Socket {
    /// The socket over a TCP stream, with TLS when the script asks for it.
    pub(crate) async fn secured(
        settings: &Settings,
        mut stream: TcpStream,
        target: &Target<'_>,
    ) -> Result<Socket, Fault> {
        let address = stream.peer_addr().ok();
        if let Some(address) = address {
            (target.reached)(StageName::Tcp, address.to_string());
        }
        let stream = match &settings.tls {
            None => Stream::Plain(stream),
            Some(asked) => {
                let mut request = BytesMut::new();
                frontend::ssl_request(&mut request);
                stream.write_all(&request).await.map_err(|error| fault::io(&error))?;
                let answer = stream.read_u8().await.map_err(|error| fault::io(&error))?;
                if answer != b'S' {
                    // The words are node pg's; an unencrypted connection is never the fallback.
                    let message = if answer == b'N' {
                        "The server does not support SSL connections"
                    } else {
                        "There was an error establishing an SSL connection"
                    };
                    let hint = "Turn TLS on at the server, or leave ssl out where the network is your own.";
                    return Err(fault::plain(FaultKind::Tls, message, Some(hint)));
                }
                let stream = tls::wrap(stream, asked, target.host).await?;
                let (_, session) = stream.get_ref();
                let version = session.protocol_version().map_or("TLS".to_owned(), |version| format!("{version:?}"));
                let trust = if asked.verify { "certificate verified" } else { "certificate NOT verified" };
                (target.reached)(StageName::Tls, format!("{version}, {trust}"));
                Stream::Tls(Box::new(stream))
            }
        };
        Ok(Socket { stream, incoming: BytesMut::with_capacity(8 << 10), outgoing: BytesMut::new(), address })
    }

    /// Where messages to send are put; [`Socket::send`] sends them.
    pub(crate) fn outgoing(&mut self) -> &mut BytesMut {
        &mut self.outgoing
    }

    /// Forgets what was put and not sent.
    pub(crate) fn discard(&mut self) {
        self.outgoing.clear();
    }

    /// Sends what was put.
    pub(crate) async fn send(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.outgoing).await?;
        self.outgoing.clear();
        self.stream.flush().await
    }

    /// The next message; a message longer than `limit` (but a small one always passes) is refused before it is read.
    pub(crate) async fn receive(&mut self, limit: u64) -> io::Result<Received> {
        loop {
            if let Some(header) = Header::parse(&self.incoming)? {
                let length = u64::try_from(header.len()).unwrap_or(u64::MAX);
                if length > limit.max(SMALL) {
                    return Err(io::Error::new(io::ErrorKind::FileTooLarge, "message beyond the limit"));
                }
                if let Some(message) = Message::parse(&mut self.incoming)? {
                    return Ok(Received { message, length: header.len() });
                }
            }
            if self.stream.read_buf(&mut self.incoming).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
