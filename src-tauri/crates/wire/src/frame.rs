//! Frames: a length and JSON.

use serde::{Serialize, de::DeserializeOwned};

/// The largest frame either side accepts, in bytes: a query's 32 MiB (design §3) as base64, and room around it.
pub const MAX_FRAME: usize = 64 * 1024 * 1024;

/// Room that most frames fit in, in bytes.
const USUAL: usize = 512;

/// Why a frame could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The frame is longer than [`MAX_FRAME`].
    #[error("a frame of {0} bytes is longer than the limit of {MAX_FRAME} bytes")]
    TooLong(usize),
    /// The body is not the JSON that was expected.
    #[error("unreadable frame: {0}")]
    Json(#[from] serde_json::Error),
}

/// The bytes of one frame, length included.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let mut frame = Vec::with_capacity(USUAL);
    frame.extend([0; 4]);
    serde_json::to_writer(&mut frame, message)?;
    let length = frame.len() - 4;
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

/// The length of the body that follows these four bytes.
pub fn frame_length(head: [u8; 4]) -> Result<usize, FrameError> {
    let length = u32::from_le_bytes(head) as usize;
    if length > MAX_FRAME { Err(FrameError::TooLong(length)) } else { Ok(length) }
}

/// The message in a frame's body.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    Ok(serde_json::from_slice(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back() {
        let frame = encode(&vec!["ü", "b"]).unwrap();
        let head: [u8; 4] = frame[..4].try_into().unwrap();
        assert_eq!(frame_length(head).unwrap(), frame.len() - 4);
        assert_eq!(decode::<Vec<String>>(&frame[4..]).unwrap(), ["ü", "b"]);
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_allocated() {
        assert!(matches!(frame_length(u32::MAX.to_le_bytes()), Err(FrameError::TooLong(_))));
    }
}
