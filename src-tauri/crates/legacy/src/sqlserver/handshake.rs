//! TLS inside packets: until the handshake is done, its bytes travel in pre-login packets (MS-TDS 2.2.6.5); then TLS stands alone.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::packet::{self, HEAD, kind};
use crate::socket::Stream;

/// A handshake; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Handshake(Arc<AtomicBool>);

impl Handshake {
    /// Puts packets between TLS and the server.
    pub(super) fn inside_packets(&self, stream: Box<dyn Stream>) -> Box<dyn Stream> {
        Box::new(Inside {
            stream,
            is_done: Arc::clone(&self.0),
            head: Vec::new(),
            left: 0,
            out: Vec::new(),
            packed: Vec::new(),
        })
    }

    /// From here on nothing is packed.
    pub(super) fn done(&self) {
        self.0.store(true, Ordering::Release);
    }
}

struct Inside<S> {
    stream: S,
    is_done: Arc<AtomicBool>,
    /// The head of the packet that begins, as far as it came.
    head: Vec<u8>,
    /// Bytes of the packet's content still to come.
    left: usize,
    /// Written, not packed yet.
    out: Vec<u8>,
    /// Packed, not sent yet.
    packed: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Inside<S> {
    fn send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.packed.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.packed))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.packed.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Inside<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.left == 0 && this.head.is_empty() && this.is_done.load(Ordering::Acquire) {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        }
        while this.left == 0 {
            let mut space = [0; HEAD];
            let mut piece = ReadBuf::new(&mut space[this.head.len()..]);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece))?;
            if piece.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.head.extend_from_slice(piece.filled());
            if this.head.len() < HEAD {
                continue;
            }
            let length = packet::length(&this.head)
                .ok()
                .flatten()
                .filter(|_| matches!(this.head[0], kind::PRELOGIN | kind::ANSWER));
            let Some(length) = length else {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "no TDS packet inside the TLS handshake",
                )));
            };
            this.left = length - HEAD;
            this.head.clear();
        }
        let mut piece = buffer.take(this.left);
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece))?;
        let read = piece.filled().len();
        let filled = piece.filled().to_vec();
        this.left -= read;
        buffer.put_slice(&filled);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Inside<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.send(context))?;
        if this.is_done.load(Ordering::Acquire) && this.out.is_empty() {
            return Pin::new(&mut this.stream).poll_write(context, bytes);
        }
        this.out.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.out.is_empty() {
            let flight = std::mem::take(&mut this.out);
            this.packed.extend(packet::packets(kind::PRELOGIN, &flight, 4096));
        }
        ready!(this.send(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn flights_are_packed_until_the_handshake_is_done() {
        let (near, mut far) = duplex(64 * 1024);
        let handshake = Handshake::default();
        let mut inside = handshake.inside_packets(Box::new(near));
        let flight = vec![7; 5000];
        inside.write_all(&flight[..100]).await.unwrap();
        inside.write_all(&flight[100..]).await.unwrap();
        inside.flush().await.unwrap();
        let mut sent = vec![0; 5000 + 2 * HEAD];
        far.read_exact(&mut sent).await.unwrap();
        assert_eq!((&sent[..4], sent[4096], sent[4097]), (&[18, 0, 16, 0][..], 18, 1));
        far.write_all(&packet::packets(kind::PRELOGIN, &[1, 2, 3], 4096)).await.unwrap();
        far.write_all(&packet::packets(kind::PRELOGIN, &[4], 4096)).await.unwrap();
        let mut got = [0; 4];
        inside.read_exact(&mut got).await.unwrap();
        assert_eq!(got, [1, 2, 3, 4]);
        handshake.done();
        far.write_all(b"raw").await.unwrap();
        inside.read_exact(&mut got[..3]).await.unwrap();
        assert_eq!(&got[..3], b"raw");
        inside.write_all(b"bare").await.unwrap();
        inside.flush().await.unwrap();
        far.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"bare");
    }

    #[tokio::test]
    async fn what_is_no_packet_ends_the_handshake() {
        let (near, mut far) = duplex(1024);
        let mut inside = Handshake::default().inside_packets(Box::new(near));
        far.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        assert_eq!(inside.read_u8().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
