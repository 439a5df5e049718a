//! Frames over stdin and stdout.

use std::{
    cell::RefCell,
    io::{self, Write},
    time::Duration,
};

use serde::Deserialize;
use serde_json::value::RawValue;
use wire::{FrameError, FromRunner, Job, ToRunner};

/// Why the host cannot be heard or told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PipeError {
    #[error("the pipe to the host broke: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("unreadable frame: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the host sent a frame that is neither a job nor a reply")]
    Unexpected,
    #[error("the engine does not start: {0}")]
    Engine(#[from] rquickjs::Error),
}

/// Writes frames to the host.
#[derive(Default)]
pub(crate) struct Outbox(RefCell<()>);

impl Outbox {
    /// Sends one message. A host that no longer listens has ended this run: the process ends too.
    pub(crate) fn send(&self, message: &FromRunner) {
        let _one_at_a_time = self.0.borrow_mut();
        let written = wire::encode(message).map_err(PipeError::from).and_then(|frame| {
            let mut out = io::stdout().lock();
            out.write_all(&frame)?;
            out.flush()?;
            Ok(())
        });
        if let Err(error) = written {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

/// What the host sent.
pub(crate) enum Incoming {
    /// A job.
    Job(Box<Job>),
    /// The answer to request `id`, as JSON: it is parsed inside the engine, within the script's memory.
    Reply { id: u32, reply: Box<RawValue> },
    /// Nothing in the given time.
    Nothing,
    /// The host has closed the pipe.
    Closed,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: Option<u32>,
    reply: Option<Box<RawValue>>,
}

fn read(body: &[u8]) -> Result<Incoming, PipeError> {
    let head: Head<'_> = serde_json::from_slice(body)?;
    match head {
        Head { kind: "reply", id: Some(id), reply: Some(reply) } => Ok(Incoming::Reply { id, reply }),
        Head { kind: "start", .. } => match wire::decode(body)? {
            ToRunner::Start(job) => Ok(Incoming::Job(job)),
            ToRunner::Reply { .. } => Err(PipeError::Unexpected),
        },
        Head { .. } => Err(PipeError::Unexpected),
    }
}

/// Reads frames from the host.
pub(crate) struct Inbox {
    source: source::Source,
    buffer: Vec<u8>,
}

impl Inbox {
    /// Reads stdin.
    pub(crate) fn new() -> Inbox {
        Inbox { source: source::Source::new(), buffer: Vec::new() }
    }

    /// The next message; waits no longer than `timeout`, or for ever without one.
    pub(crate) fn next(&mut self, timeout: Option<Duration>) -> Result<Incoming, PipeError> {
        let until = timeout.map(|timeout| std::time::Instant::now() + timeout);
        loop {
            if let Some(incoming) = self.received()? {
                return Ok(incoming);
            }
            let left = until.map(|until| until.saturating_duration_since(std::time::Instant::now()));
            match self.source.read(&mut self.buffer, left)? {
                source::Got::Bytes => {}
                source::Got::Nothing => return Ok(Incoming::Nothing),
                source::Got::End => return Ok(Incoming::Closed),
            }
        }
    }

    /// The next message of what has been read, if it is there as a whole.
    pub(crate) fn received(&mut self) -> Result<Option<Incoming>, PipeError> {
        let Some((head, body)) = self.buffer.split_first_chunk::<4>() else { return Ok(None) };
        let length = wire::frame_length(*head)?;
        let Some(body) = body.get(..length) else { return Ok(None) };
        let incoming = read(body)?;
        self.buffer.drain(..4 + length);
        if self.buffer.is_empty() {
            self.buffer.shrink_to(1 << 16);
        }
        Ok(Some(incoming))
    }
}

/// stdin on Unix: `poll`, so that the runner needs no second thread.
#[cfg(unix)]
mod source {
    use std::{
        io,
        time::{Duration, Instant},
    };

    /// How long to look for an answer before going to sleep. Waking up costs more than most lookups of a database take,
    /// above all on a virtual machine; `cargo xtask bench lookups` shows it.
    const AWAKE: Duration = Duration::from_micros(150);

    pub(super) enum Got {
        Bytes,
        Nothing,
        End,
    }

    pub(super) struct Source;

    /// Whether stdin can be read within `wait` milliseconds; -1 is for ever. A signal ends the wait.
    fn poll(wait: i32) -> io::Result<bool> {
        let mut poll = libc::pollfd { fd: 0, events: libc::POLLIN, revents: 0 };
        // SAFETY: one pollfd, which lives on this stack.
        match unsafe { libc::poll(&mut poll, 1, wait) } {
            0 => Ok(false),
            -1 => {
                let error = io::Error::last_os_error();
                if error.kind() == io::ErrorKind::Interrupted { Ok(false) } else { Err(error) }
            }
            _ => Ok(true),
        }
    }

    /// Looks for something to read while it stays awake, and lets others have the processor in between.
    fn awake() -> io::Result<bool> {
        let began = Instant::now();
        while began.elapsed() < AWAKE {
            if poll(0)? {
                return Ok(true);
            }
            std::thread::yield_now();
        }
        Ok(false)
    }

    impl Source {
        pub(super) fn new() -> Source {
            Source
        }

        pub(super) fn read(&mut self, into: &mut Vec<u8>, timeout: Option<Duration>) -> io::Result<Got> {
            // Rounded up: waking a millisecond early would only turn the loop once more.
            let wait =
                timeout.map_or(-1, |timeout| i32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
            let ready = wait != 0 && awake()? || poll(wait)?;
            if !ready {
                return Ok(Got::Nothing);
            }
            let old = into.len();
            into.reserve(1 << 16);
            // SAFETY: the buffer has 64 KiB of room after `old`; as many bytes as were read become part of it.
            let read = unsafe { libc::read(0, into.as_mut_ptr().add(old).cast(), 1 << 16) };
            match read {
                -1 => Err(io::Error::last_os_error()),
                0 => Ok(Got::End),
                read => {
                    // SAFETY: as above.
                    unsafe { into.set_len(old + read as usize) };
                    Ok(Got::Bytes)
                }
            }
        }
    }
}

/// stdin elsewhere: a thread reads, since a pipe cannot be polled.
#[cfg(not(unix))]
mod source {
    use std::{
        io::{self, Read},
        sync::mpsc::{Receiver, RecvTimeoutError, channel},
        time::Duration,
    };

    pub(super) enum Got {
        Bytes,
        Nothing,
        End,
    }

    pub(super) struct Source(Receiver<Vec<u8>>);

    impl Source {
        pub(super) fn new() -> Source {
            let (send, receive) = channel();
            std::thread::spawn(move || {
                let mut stdin = io::stdin().lock();
                let mut chunk = vec![0; 1 << 16];
                while let Ok(read) = stdin.read(&mut chunk) {
                    if read == 0 || send.send(chunk[..read].to_vec()).is_err() {
                        break;
                    }
                }
            });
            Source(receive)
        }

        pub(super) fn read(&mut self, into: &mut Vec<u8>, timeout: Option<Duration>) -> io::Result<Got> {
            let got = match timeout {
                Some(timeout) => self.0.recv_timeout(timeout),
                None => self.0.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match got {
                Ok(bytes) => {
                    into.extend(bytes);
                    Ok(Got::Bytes)
                }
                Err(RecvTimeoutError::Timeout) => Ok(Got::Nothing),
                Err(RecvTimeoutError::Disconnected) => Ok(Got::End),
            }
        }
    }
}
