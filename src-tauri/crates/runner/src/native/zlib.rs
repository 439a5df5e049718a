//! Compression: zlib's formats and Brotli's, one coder per stream. zlib-rs stands in for zlib since it keeps zlib's messages,
//! which scripts see; flate2's own back end has none.

use std::{cell::RefCell, rc::Rc};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use rquickjs::{Ctx, FromJs, Function, Object, Result, Value};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateError, InflateFlush, Status, Strategy};

use super::{Bytes, copied};

/// Coders a run may have at once. Each takes up to a third of a MiB, which the engine's meter does not see.
const MOST_CODERS: usize = 128;
/// Room for output, before it is known to need more.
const PIECE: usize = 16 << 10;

pub(super) fn register<'js>(native: &Object<'js>) -> Result<()> {
    let ctx = native.ctx().clone();
    let live = Rc::new(());
    let new = move |ctx: Ctx<'js>, options: Options| coder(ctx, options, &live);
    native.set("coder", Function::new(ctx.clone(), new)?)?;
    native
        .set("crc32", Function::new(ctx, |bytes: Bytes<'_>, start: u32| zlib_rs::crc32::crc32(start, &copied(&bytes)))?)
}

/// What the shim wants, already checked.
struct Options {
    kind: String,
    level: i32,
    window_bits: u8,
    mem_level: i32,
    strategy: i32,
    dictionary: Option<Vec<u8>>,
}

impl<'js> FromJs<'js> for Options {
    fn from_js(_ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        let object = Object::from_value(value)?;
        Ok(Options {
            kind: object.get("kind")?,
            level: object.get("level")?,
            window_bits: object.get("windowBits")?,
            mem_level: object.get("memLevel")?,
            strategy: object.get("strategy")?,
            dictionary: object.get::<_, Option<Bytes<'js>>>("dictionary")?.map(|bytes| copied(&bytes)),
        })
    }
}

/// Why a coder stopped: Node's `code`, `errno` and message.
type Failure = (String, i32, String);

/// How far a coder came in one call.
struct Progress {
    used: usize,
    made: usize,
}

/// A stream under way.
enum Coder {
    Inflate(Inflater),
    Deflate(Deflate, bool),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>, bool),
}

/// `step(bytes, flush, room)` of a new coder: `{ output, ended, full, failure }`. `full` means more than `room` bytes came out.
/// Nothing when there are too many of them; each keeps `live`.
fn coder<'js>(ctx: Ctx<'js>, options: Options, live: &Rc<()>) -> Result<Option<Function<'js>>> {
    if Rc::strong_count(live) > MOST_CODERS {
        // Streams that are done may only wait for the collector.
        ctx.run_gc();
    }
    if Rc::strong_count(live) > MOST_CODERS {
        return Ok(None);
    }
    let Some(coder) = Coder::new(options) else { return Ok(None) };
    let coder = RefCell::new((coder, Rc::clone(live)));
    let step = move |ctx: Ctx<'js>, bytes: Bytes<'js>, flush: u8, room: usize| -> Result<Object<'js>> {
        let (coder, _live) = &mut *coder.borrow_mut();
        let mut output = Vec::new();
        let failure = coder.run(&copied(&bytes), flush, room, &mut output).err();
        let step = Object::new(ctx.clone())?;
        step.set("full", output.len() > room)?;
        step.set("output", Bytes::new(ctx.clone(), output)?)?;
        step.set("ended", coder.ended())?;
        if let Some((code, errno, message)) = failure {
            let failure = Object::new(ctx)?;
            failure.set("code", code)?;
            failure.set("errno", errno)?;
            failure.set("message", message)?;
            step.set("failure", failure)?;
        }
        Ok(step)
    };
    Function::new(ctx, step).map(Some)
}

impl Coder {
    fn new(options: Options) -> Option<Coder> {
        let bits = options.window_bits;
        Some(match options.kind.as_str() {
            "Inflate" => Coder::Inflate(Inflater::new(Wrapping::Zlib, bits, options.dictionary)),
            "Gunzip" => Coder::Inflate(Inflater::new(Wrapping::Gzip, bits, options.dictionary)),
            "InflateRaw" => Coder::Inflate(Inflater::new(Wrapping::Raw, bits, options.dictionary)),
            "Unzip" => Coder::Inflate(Inflater::new(Wrapping::Unknown, bits, options.dictionary)),
            "BrotliDecompress" => {
                let state = BrotliState::new_strict(
                    StandardAlloc::default(),
                    StandardAlloc::default(),
                    StandardAlloc::default(),
                );
                Coder::Brotli(Box::new(state), false)
            }
            kind => {
                // zlib, too, takes a window of 8 bits as one of 9.
                let bits = i32::from(bits.max(9));
                let window_bits = match kind {
                    "Gzip" => bits + 16,
                    "DeflateRaw" => -bits,
                    _ => bits,
                };
                let mut deflate = Deflate::new_with_config(DeflateConfig {
                    level: options.level,
                    window_bits,
                    mem_level: options.mem_level,
                    strategy: Strategy::try_from(options.strategy).ok()?,
                    ..DeflateConfig::default()
                });
                if let Some(dictionary) = &options.dictionary {
                    deflate.set_dictionary(dictionary).ok()?;
                }
                Coder::Deflate(deflate, false)
            }
        })
    }

    fn ended(&self) -> bool {
        match self {
            Coder::Inflate(inflater) => inflater.ended,
            Coder::Deflate(_, ended) | Coder::Brotli(_, ended) => *ended,
        }
    }

    /// Codes all of `input`, or until `output` holds more than `room` bytes.
    fn run(&mut self, input: &[u8], flush: u8, room: usize, output: &mut Vec<u8>) -> std::result::Result<(), Failure> {
        let mut read = 0;
        loop {
            let written = output.len();
            if written > room {
                return Ok(());
            }
            output.resize(room.saturating_add(1).min(written + written.max(PIECE)), 0);
            let space = output.len() - written;
            let progress = self.step(&input[read..], flush, &mut output[written..]);
            output.truncate(written + progress.as_ref().map_or(0, |progress| progress.made));
            let Progress { used, made } = progress?;
            read += used;
            let idle = used == 0 && made == 0;
            if idle || (read == input.len() && made < space) {
                return Ok(());
            }
        }
    }

    fn step(&mut self, input: &[u8], flush: u8, output: &mut [u8]) -> std::result::Result<Progress, Failure> {
        match self {
            Coder::Inflate(inflater) => inflater.step(input, output),
            Coder::Deflate(deflate, ended) => {
                let (before_in, before_out) = (deflate.total_in(), deflate.total_out());
                let flush = match flush {
                    1 => DeflateFlush::PartialFlush,
                    2 => DeflateFlush::SyncFlush,
                    3 => DeflateFlush::FullFlush,
                    4 => DeflateFlush::Finish,
                    5 => DeflateFlush::Block,
                    _ => DeflateFlush::NoFlush,
                };
                let status = deflate
                    .compress(input, output, flush)
                    .map_err(|error| zlib_failure(error as i32, error.as_str()))?;
                *ended = status == Status::StreamEnd;
                let (used, made) = (deflate.total_in() - before_in, deflate.total_out() - before_out);
                Ok(Progress { used: used as usize, made: made as usize })
            }
            // What follows the end is left alone, as in Node.
            Coder::Brotli(_, true) => Ok(Progress { used: input.len(), made: 0 }),
            Coder::Brotli(state, ended) => {
                let (mut available, mut used, mut space, mut made) = (input.len(), 0, output.len(), 0);
                let result = BrotliDecompressStream(
                    &mut available,
                    &mut used,
                    input,
                    &mut space,
                    &mut made,
                    output,
                    &mut 0,
                    state,
                );
                if let BrotliResult::ResultFailure = result {
                    let name = format!("{:?}", state.error_code);
                    let code = format!("ERR_{}", name.trim_start_matches("BROTLI_DECODER"));
                    return Err((code, state.error_code as i32, "Decompression failed".to_owned()));
                }
                *ended = matches!(result, BrotliResult::ResultSuccess);
                Ok(Progress { used, made })
            }
        }
    }
}

/// What surrounds deflated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    Zlib,
    Gzip,
    Raw,
    /// zlib or gzip: the first byte tells.
    Unknown,
}

/// One deflated stream, or several gzip members one after the other.
struct Inflater {
    inflate: Inflate,
    wrapping: Wrapping,
    window_bits: u8,
    dictionary: Option<Vec<u8>>,
    ended: bool,
}

impl Inflater {
    fn new(wrapping: Wrapping, window_bits: u8, dictionary: Option<Vec<u8>>) -> Inflater {
        let mut inflate = match wrapping {
            Wrapping::Gzip => Inflate::new(true, window_bits.max(8) + 16),
            Wrapping::Zlib | Wrapping::Unknown => Inflate::new(true, window_bits),
            Wrapping::Raw => Inflate::new(false, window_bits.max(8)),
        };
        if let (Wrapping::Raw, Some(dictionary)) = (wrapping, &dictionary) {
            // Raw data never asks for its dictionary, and takes any.
            let _checksum = inflate.set_dictionary(dictionary);
        }
        Inflater { inflate, wrapping, window_bits, dictionary, ended: false }
    }

    fn begin(&mut self, wrapping: Wrapping) {
        *self = Inflater::new(wrapping, self.window_bits, self.dictionary.take());
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> std::result::Result<Progress, Failure> {
        match (self.wrapping, input.first()) {
            (Wrapping::Unknown, None) => return Ok(Progress { used: 0, made: 0 }),
            (Wrapping::Unknown, Some(0x1F)) => self.begin(Wrapping::Gzip),
            (Wrapping::Unknown, Some(_)) => self.begin(Wrapping::Zlib),
            // Another member follows, unless it is padding.
            (Wrapping::Gzip, Some(first)) if self.ended && *first != 0 => self.begin(Wrapping::Gzip),
            _ => {}
        }
        if self.ended {
            return Ok(Progress { used: input.len(), made: 0 });
        }
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let mut done = self.inflate.decompress(input, output, InflateFlush::NoFlush);
        if let Err(InflateError::NeedDict { .. }) = done {
            let read = (self.inflate.total_in() - before_in) as usize;
            done = self.with_dictionary(&input[read..], output)?;
        }
        let status = done.map_err(|error| {
            let message = self.inflate.error_message().unwrap_or_else(|| error.as_str());
            zlib_failure(errno(error), message)
        })?;
        self.ended = status == Status::StreamEnd;
        let (used, made) = (self.inflate.total_in() - before_in, self.inflate.total_out() - before_out);
        Ok(Progress { used: used as usize, made: made as usize })
    }

    /// Goes on after the header that names a dictionary.
    fn with_dictionary(
        &mut self,
        input: &[u8],
        output: &mut [u8],
    ) -> std::result::Result<std::result::Result<Status, InflateError>, Failure> {
        let Some(dictionary) = &self.dictionary else { return Err(zlib_failure(2, "Missing dictionary")) };
        self.inflate.set_dictionary(dictionary).map_err(|_| zlib_failure(2, "Bad dictionary"))?;
        Ok(self.inflate.decompress(input, output, InflateFlush::NoFlush))
    }
}

/// zlib's number of an error.
fn errno(error: InflateError) -> i32 {
    match error {
        InflateError::NeedDict { .. } => 2,
        InflateError::StreamError => -2,
        InflateError::DataError => -3,
        InflateError::MemError => -4,
    }
}

fn zlib_failure(errno: i32, message: &str) -> Failure {
    let code = match errno {
        2 => "Z_NEED_DICT",
        -2 => "Z_STREAM_ERROR",
        -3 => "Z_DATA_ERROR",
        _ => "Z_MEM_ERROR",
    };
    (code.to_owned(), errno, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(kind: &str) -> Options {
        Options { kind: kind.to_owned(), level: -1, window_bits: 15, mem_level: 8, strategy: 0, dictionary: None }
    }

    fn coded(kind: &str, input: &[u8], room: usize) -> std::result::Result<Vec<u8>, Failure> {
        let mut output = Vec::new();
        Coder::new(options(kind)).unwrap().run(input, 4, room, &mut output).map(|()| output)
    }

    #[test]
    fn every_format_comes_back() {
        let text = "sluice ".repeat(30_000);
        for (deflate, inflate) in [
            ("Deflate", "Inflate"),
            ("Gzip", "Gunzip"),
            ("DeflateRaw", "InflateRaw"),
            ("Gzip", "Unzip"),
            ("Deflate", "Unzip"),
        ] {
            let small = coded(deflate, text.as_bytes(), 1 << 20).unwrap();
            assert_eq!(coded(inflate, &small, 1 << 20).unwrap(), text.as_bytes(), "{deflate} {inflate}");
        }
    }

    #[test]
    fn a_bomb_stops_just_beyond_its_room() {
        let bomb = coded("Gzip", &vec![0; 4 << 20], 1 << 20).unwrap();
        assert_eq!(coded("Gunzip", &bomb, 100_000).unwrap().len(), 100_001);
    }

    #[test]
    fn bad_data_has_the_words_of_zlib() {
        let failure = |kind, input: &[u8]| coded(kind, input, 1 << 20).unwrap_err().2;
        assert_eq!(failure("Gunzip", b"hello"), "incorrect header check");
        assert_eq!(failure("InflateRaw", &[7]), "invalid block type");
        assert_eq!(coded("BrotliDecompress", b"hello world", 1 << 20).unwrap_err().0, "ERR__ERROR_FORMAT_CL_SPACE");
    }
}
