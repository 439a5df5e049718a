//! Packets: a 3-byte length, a sequence number, and a payload; and the integers and strings inside.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// The longest payload of one packet; a longer message goes on in the next.
const LONGEST: usize = 0xFF_FFFF;

/// What packets travel on.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// The two directions of one connection, as packets.
pub(super) struct Packets {
    transport: BufReader<Box<dyn Transport>>,
    sequence: u8,
}

impl Packets {
    pub(super) fn new(transport: Box<dyn Transport>) -> Packets {
        Packets { transport: BufReader::with_capacity(16 << 10, transport), sequence: 0 }
    }

    /// The transport itself, to wrap it in TLS. Nothing may have been read ahead: the server speaks next only after us.
    pub(super) fn into_transport(self) -> (Box<dyn Transport>, u8) {
        (self.transport.into_inner(), self.sequence)
    }

    /// Goes on with a wrapped transport.
    pub(super) fn resume(transport: Box<dyn Transport>, sequence: u8) -> Packets {
        Packets { sequence, ..Packets::new(transport) }
    }

    /// The next message is a command.
    pub(super) fn begin_command(&mut self) {
        self.sequence = 0;
    }

    /// The next message, which may span packets. One longer than `longest` is refused before it is read.
    pub(super) async fn read(&mut self, longest: usize) -> io::Result<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            let mut head = [0; 4];
            self.transport.read_exact(&mut head).await?;
            let length = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
            self.sequence = head[3].wrapping_add(1);
            let so_far = message.len();
            if so_far + length > longest {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
            message.resize(so_far + length, 0);
            self.transport.read_exact(&mut message[so_far..]).await?;
            if length < LONGEST {
                return Ok(message);
            }
        }
    }

    /// Sends a message.
    pub(super) async fn write(&mut self, message: &[u8]) -> io::Result<()> {
        let mut rest = message;
        loop {
            let (part, after) = rest.split_at(rest.len().min(LONGEST));
            let mut packet = Vec::with_capacity(part.len() + 4);
            packet.extend_from_slice(&(part.len() as u32).to_le_bytes()[..3]);
            packet.push(self.sequence);
            packet.extend_from_slice(part);
            self.sequence = self.sequence.wrapping_add(1);
            self.transport.write_all(&packet).await?;
            rest = after;
            if part.len() < LONGEST {
                return self.transport.flush().await;
            }
        }
    }
}

/// Reads a payload from its start. A value that is cut short is an error, never a panic: the server may lie.
pub(super) struct Payload<'a>(pub(super) &'a [u8]);

impl<'a> Payload<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn byte(&mut self) -> io::Result<u8> {
        Ok(self.bytes(1)?[0])
    }

    /// A little-endian integer of up to eight bytes.
    pub(super) fn integer(&mut self, width: usize) -> io::Result<u64> {
        let mut whole = [0; 8];
        whole[..width].copy_from_slice(self.bytes(width)?);
        Ok(u64::from_le_bytes(whole))
    }

    pub(super) fn u16(&mut self) -> io::Result<u16> {
        Ok(self.integer(2)? as u16)
    }

    pub(super) fn u32(&mut self) -> io::Result<u32> {
        Ok(self.integer(4)? as u32)
    }

    /// A length-encoded integer; none for the mark of SQL NULL.
    pub(super) fn length(&mut self) -> io::Result<Option<u64>> {
        Ok(match self.byte()? {
            0xFB => None,
            0xFC => Some(self.integer(2)?),
            0xFD => Some(self.integer(3)?),
            0xFE => Some(self.integer(8)?),
            0xFF => return Err(cut_short()),
            small => Some(u64::from(small)),
        })
    }

    /// A length-encoded string; none for SQL NULL.
    pub(super) fn string(&mut self) -> io::Result<Option<&'a [u8]>> {
        match self.length()? {
            None => Ok(None),
            Some(count) => Ok(Some(self.bytes(usize::try_from(count).map_err(|_| cut_short())?)?)),
        }
    }

    pub(super) fn text(&mut self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(self.string()?.unwrap_or_default()).into_owned())
    }

    /// Up to the next zero byte, which is skipped, or to the end.
    pub(super) fn until_zero(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let (head, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        head
    }
}

/// Appends a length-encoded integer.
pub(super) fn put_length(message: &mut Vec<u8>, value: usize) {
    match value {
        0..=0xFA => message.push(value as u8),
        0xFB..=0xFFFF => {
            message.push(0xFC);
            message.extend_from_slice(&(value as u16).to_le_bytes());
        }
        0x1_0000..=0xFF_FFFF => {
            message.push(0xFD);
            message.extend_from_slice(&(value as u32).to_le_bytes()[..3]);
        }
        _ => {
            message.push(0xFE);
            message.extend_from_slice(&(value as u64).to_le_bytes());
        }
    }
}

/// Appends a length-encoded string.
pub(super) fn put_string(message: &mut Vec<u8>, bytes: &[u8]) {
    put_length(message, bytes.len());
    message.extend_from_slice(bytes);
}

/// The error of a message that ends too early or says nonsense.
pub(super) fn cut_short() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_come_back() {
        for value in [0, 250, 251, 65_535, 65_536, 0xFF_FFFF, 0x100_0000] {
            let mut message = Vec::new();
            put_length(&mut message, value);
            assert_eq!(Payload(&message).length().unwrap(), Some(value as u64));
        }
    }

    #[test]
    fn a_cut_message_is_an_error() {
        assert!(Payload(&[5, b'a']).string().is_err());
        assert!(Payload(&[0xFC, 1]).length().is_err());
        assert!(Payload(&[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).string().is_err());
        assert_eq!(Payload(&[0xFB]).string().unwrap(), None);
    }

    #[tokio::test]
    async fn a_message_of_exactly_one_full_packet_is_followed_by_an_empty_one() {
        let (ours, theirs) = tokio::io::duplex(64 << 20);
        let mut sender = Packets::new(Box::new(ours));
        let mut receiver = Packets::new(Box::new(theirs));
        sender.write(&vec![7; LONGEST]).await.unwrap();
        sender.write(b"next").await.unwrap();
        assert_eq!(receiver.read(usize::MAX).await.unwrap().len(), LONGEST);
        assert_eq!(receiver.read(usize::MAX).await.unwrap(), b"next");
    }

    #[tokio::test]
    async fn a_message_beyond_the_limit_is_refused() {
        let (ours, theirs) = tokio::io::duplex(1024);
        Packets::new(Box::new(ours)).write(&[1; 100]).await.unwrap();
        let error = Packets::new(Box::new(theirs)).read(99).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
