//! A runner's stdin and stdout as queues of frames.
//!
//! Both are worked by whoever waits for the next message, in one task: a task for each of them would cost two changes of thread for
//! every statement of a script.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    process::{ChildStdin, ChildStdout},
};
use wire::FromRunner;

/// How much is read at once, in bytes.
const CHUNK: usize = 16 << 10;
/// Room that is kept for frames, in bytes; a longer frame's room is given back.
const KEPT: usize = 64 << 10;

/// Frames that wait to be written. They may carry secrets and are wiped.
#[derive(Default)]
struct Outgoing {
    frames: VecDeque<Vec<u8>>,
    /// How much of the first is written, in bytes.
    written: usize,
}

impl Outgoing {
    fn wipe(&mut self) {
        self.frames.drain(..).for_each(|mut frame| frame.fill(0));
        self.written = 0;
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Both pipes.
pub(super) struct Pipes<I = ChildStdin, O = ChildStdout> {
    stdin: I,
    stdout: O,
    outgoing: Mutex<Outgoing>,
    incoming: Vec<u8>,
    /// Where the next frame begins in `incoming`.
    begin: usize,
    chunk: Box<[u8]>,
    ended: bool,
}

impl<I: AsyncWrite + Unpin, O: AsyncRead + Unpin> Pipes<I, O> {
    pub(super) fn new(stdin: I, stdout: O) -> Pipes<I, O> {
        Pipes {
            stdin,
            stdout,
            outgoing: Mutex::default(),
            incoming: Vec::new(),
            begin: 0,
            chunk: vec![0; CHUNK].into(),
            ended: false,
        }
    }

    /// Queues a frame; it is written while [`Pipes::next`] waits.
    pub(super) fn send(&self, frame: Vec<u8>) {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner).frames.push_back(frame);
    }

    /// Writes what is queued and gives the next message; none when the process has closed its side. May be dropped at any time.
    pub(super) async fn next(&mut self) -> Option<FromRunner> {
        poll_fn(|context| {
            self.write(context);
            self.read(context)
        })
        .await
    }

    fn write(&mut self, context: &mut Context<'_>) {
        let outgoing = self.outgoing.get_mut().unwrap_or_else(PoisonError::into_inner);
        while let Some(frame) = outgoing.frames.front_mut() {
            match Pin::new(&mut self.stdin).poll_write(context, &frame[outgoing.written..]) {
                Poll::Pending => return,
                Poll::Ready(Ok(written)) if written > 0 => outgoing.written += written,
                // The process is gone; reading says so.
                Poll::Ready(_) => {
                    outgoing.wipe();
                    return;
                }
            }
            if outgoing.written == frame.len() {
                frame.fill(0);
                outgoing.frames.pop_front();
                outgoing.written = 0;
            }
        }
    }

    fn read(&mut self, context: &mut Context<'_>) -> Poll<Option<FromRunner>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            match self.frame() {
                Ok(Some(message)) => return Poll::Ready(Some(message)),
                Ok(None) => {}
                // Anything that is no frame of ours counts as the end: the run is then told to have crashed.
                Err(error) => {
                    tracing::warn!(%error, "a runner sent an unreadable frame");
                    self.ended = true;
                    continue;
                }
            }
            let mut chunk = ReadBuf::new(&mut self.chunk);
            let read = ready!(Pin::new(&mut self.stdout).poll_read(context, &mut chunk));
            self.ended = read.is_err() || chunk.filled().is_empty();
            self.incoming.extend_from_slice(chunk.filled());
        }
    }

    /// The next whole frame of what was read.
    fn frame(&mut self) -> Result<Option<FromRunner>, wire::FrameError> {
        let rest = &self.incoming[self.begin..];
        let Some((head, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = wire::frame_length(*head)?;
        let Some(body) = body.get(..length) else {
            // Room for all of it; what came before it is done with.
            self.incoming.drain(..self.begin);
            self.begin = 0;
            self.incoming.reserve(4 + length);
            return Ok(None);
        };
        let message = wire::decode(body)?;
        self.begin += 4 + length;
        if self.begin == self.incoming.len() {
            self.incoming.clear();
            self.incoming.shrink_to(KEPT);
            self.begin = 0;
        }
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use wire::{ConsoleMethod, FromRunner};

    use super::Pipes;

    fn line(text: String) -> Vec<u8> {
        wire::encode(&FromRunner::Console { at_ms: 0.0, method: ConsoleMethod::Log, text }).unwrap()
    }

    #[tokio::test]
    async fn frames_come_whole_however_they_are_cut_and_a_broken_one_is_the_end() {
        let (mut theirs, stdout) = duplex(50_000);
        let mut pipes = Pipes::new(tokio::io::sink(), stdout);
        let mut bytes: Vec<u8> = (0..40).flat_map(|at| line("ü".repeat(at * at * 10))).collect();
        bytes.extend([3, 0, 0, 0, b'{', b'}', b'!']);
        let writing = tokio::spawn(async move {
            let mut size = 1;
            while !bytes.is_empty() {
                let rest = bytes.split_off(size.min(bytes.len()));
                theirs.write_all(&bytes).await.unwrap();
                bytes = rest;
                size = size * 7 % 30_011 + 1;
            }
            theirs
        });
        for at in 0..40 {
            let Some(FromRunner::Console { text, .. }) = pipes.next().await else { panic!("frame {at} is missing") };
            assert_eq!(text.chars().count(), at * at * 10);
        }
        assert!(pipes.next().await.is_none());
        assert!(pipes.next().await.is_none());
        drop(writing.await);
    }

    #[tokio::test]
    async fn what_is_queued_is_written_while_messages_are_awaited_even_if_nobody_reads_it_yet() {
        let (stdin, mut theirs) = duplex(1000);
        let (mut speaking, stdout) = duplex(1000);
        let mut pipes = Pipes::new(stdin, stdout);
        pipes.send(vec![7; 100_000]);
        pipes.send(vec![8; 10]);
        for _ in 0..3 {
            speaking.write_all(&line("still heard".to_owned())).await.unwrap();
            assert!(pipes.next().await.is_some());
        }
        let reading = tokio::spawn(async move {
            let mut all = vec![0; 100_010];
            theirs.read_exact(&mut all).await.unwrap();
            speaking.write_all(&line("all read".to_owned())).await.unwrap();
            (all, speaking)
        });
        assert!(pipes.next().await.is_some());
        let (all, speaking) = reading.await.unwrap();
        assert!(all[..100_000].iter().all(|byte| *byte == 7) && all[100_000..] == [8; 10]);
        drop(speaking);
        assert!(pipes.next().await.is_none());
    }

    #[tokio::test]
    async fn a_dead_process_is_noticed_by_reading() {
        let (stdin, theirs) = duplex(10);
        drop(theirs);
        let (speaking, stdout) = duplex(10);
        let mut pipes = Pipes::new(stdin, stdout);
        pipes.send(vec![1; 100]);
        drop(speaking);
        assert!(pipes.next().await.is_none());
    }
}
