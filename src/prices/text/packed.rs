//! Compressed input, recognised by its first bytes rather than its name.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::errors::ReadFrameHeaderError::SkipFrame;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Stream;

/// The compression of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// RFC 1952, with one or several members.
    Gzip,
    /// RFC 8878, with one or several frames.
    Zstd,
}

impl std::fmt::Display for Compression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        })
    }
}

impl Compression {
    /// Returns the compression of a file with these first bytes.
    pub fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0x1F, 0x8B, ..] => Some(Compression::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// Returns the uncompressed stream.
    pub fn unpack<'a>(self, packed: Stream<'a>) -> Stream<'a> {
        let packed = BufReader::new(packed);
        let plain: Stream<'a> = match self {
            Compression::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Compression::Zstd => Box::new(Frames::new(packed)),
        };
        Box::new(Unpacked { plain, kind: self })
    }
}

/// A stream that adds to every error that the compressed data is at fault.
struct Unpacked<'a> {
    plain: Stream<'a>,
    kind: Compression,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.plain.read(buffer).map_err(|error| {
            let message = format!("the {} data is damaged or cut short ({error})", self.kind);
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    }
}

/// All frames of a zstd stream, in sequence: the stream of the crate ends after the first frame.
struct Frames<R> {
    packed: R,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside && !self.next_frame()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.packed, one);
                decoded.map_err(io::Error::other)?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.check()?;
            self.inside = false;
        }
    }
}

impl<R: BufRead> Frames<R> {
    fn new(packed: R) -> Self {
        Self { packed, decoder: FrameDecoder::new(), inside: false }
    }

    /// Begins the next frame; returns false at the end.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(SkipFrame { length, .. })) => {
                    let mut skipped = self.packed.by_ref().take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    fn check(&self) -> io::Result<()> {
        let stored = self.decoder.get_checksum_from_data();
        if stored.is_some() && stored != self.decoder.get_calculated_checksum() {
            return Err(io::Error::other("wrong checksum"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    const TEXT: &[u8] = b"Date,Close\n2024-01-02,1\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        let kind = Compression::of(packed).unwrap();
        kind.unpack(Box::new(packed)).read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn unpacks_several_parts_in_a_row() {
        for pack in [gzip, zstd] {
            assert_eq!(unpack(&pack(TEXT)).unwrap(), TEXT);
            let two = [pack(TEXT), pack(TEXT)].concat();
            assert_eq!(unpack(&two).unwrap(), [TEXT, TEXT].concat());
        }
        let skippable = [&[0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 7, 7][..], &zstd(TEXT)].concat();
        assert_eq!(unpack(&[zstd(TEXT), skippable].concat()).unwrap(), [TEXT, TEXT].concat());
        assert_eq!(Compression::of(TEXT), None);
    }

    #[test]
    fn damage_is_an_error() {
        let long: Vec<u8> = TEXT.repeat(1000);
        for (pack, name) in [(gzip as fn(&[u8]) -> Vec<u8>, "gzip"), (zstd, "zstd")] {
            let whole = pack(&long);
            let error = |packed: &[u8]| unpack(packed).unwrap_err().to_string();
            let expected = format!("the {name} data is damaged or cut short (");
            assert!(error(&whole[..whole.len() - 3]).starts_with(&expected), "{name}");
            let mut wrong = whole.clone();
            let middle = wrong.len() / 2;
            wrong[middle] ^= 0x10;
            assert!(unpack(&wrong).is_err(), "{name}");
        }
    }
}
