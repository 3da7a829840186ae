//! The pages of a column. They are decompressed here, because the Parquet crate uses a C library for zstd, and trusts
//! the sizes that a page states. Its codecs are left out, and each column is opened as if it were not compressed.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::{CompressionCodec, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use ruzstd::decoding::StreamingDecoder;

/// Maximum length of a page after decompression. Pages are usually about a megabyte long.
const MAX_PAGE: usize = 256 << 20;

/// The codecs that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Snappy,
    Gzip,
    Zstd,
}

impl Codec {
    /// Returns the codec with that name.
    ///
    /// # Errors
    /// The name, if the codec cannot be read.
    pub fn of(codec: CompressionCodec) -> std::result::Result<Codec, io::Error> {
        match codec {
            CompressionCodec::UNCOMPRESSED => Ok(Codec::None),
            CompressionCodec::SNAPPY => Ok(Codec::Snappy),
            CompressionCodec::GZIP => Ok(Codec::Gzip),
            CompressionCodec::ZSTD => Ok(Codec::Zstd),
            other => {
                let message = format!("it is compressed with {other:?}, expected snappy, gzip, zstd or nothing");
                Err(io::Error::new(io::ErrorKind::Unsupported, message))
            }
        }
    }

    fn decompress(self, packed: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Codec::None => Ok(packed.to_vec()),
            Codec::Snappy => snappy(packed),
            Codec::Gzip => read_all(MultiGzDecoder::new(packed)),
            // A page whose values are all null has no bytes.
            Codec::Zstd if packed.is_empty() => Ok(Vec::new()),
            Codec::Zstd => read_all(StreamingDecoder::new(packed).map_err(io::Error::other)?),
        }
    }
}

/// Decompresses Snappy. Three bytes expand to at most 64, so a greater stated length is false, and no memory is
/// allocated.
fn snappy(packed: &[u8]) -> io::Result<Vec<u8>> {
    if packed.is_empty() {
        return Ok(Vec::new());
    }
    let length = snap::raw::decompress_len(packed).map_err(io::Error::other)?;
    if length > MAX_PAGE || length / 32 > packed.len() {
        return Err(io::Error::other("a page claims a length that it cannot have"));
    }
    snap::raw::Decoder::new().decompress_vec(packed).map_err(io::Error::other)
}

fn read_all(stream: impl Read) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    stream.take(MAX_PAGE as u64 + 1).read_to_end(&mut plain)?;
    if plain.len() > MAX_PAGE {
        return Err(io::Error::other(format!("a page is longer than {} MB", MAX_PAGE >> 20)));
    }
    Ok(plain)
}

/// The pages of a column, in the form that the reader of its values expects.
pub(super) struct Pages<P> {
    packed: P,
    codec: Codec,
    /// Maximum number of remaining values of the column.
    left: usize,
    has_dictionary: bool,
}

impl<P> Pages<P> {
    /// Returns the pages of a column with this many values.
    pub fn new(packed: P, codec: Codec, values: usize) -> Self {
        Pages { packed, codec, left: values, has_dictionary: false }
    }

    fn unpack(&self, packed: &Bytes) -> Result<Bytes> {
        match self.codec {
            Codec::None => Ok(packed.clone()),
            codec => Ok(codec.decompress(packed)?.into()),
        }
    }

    /// Returns the page without compression.
    fn plain(&mut self, mut page: Page) -> Result<Page> {
        self.check(&page)?;
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = self.unpack(buf)?,
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed, .. } => {
                // The levels before the values are not compressed.
                let levels = (*def_levels_byte_len as usize).checked_add(*rep_levels_byte_len as usize);
                let levels =
                    levels.filter(|&levels| levels <= buf.len()).ok_or_else(|| wrong("levels beyond a page"))?;
                if std::mem::take(is_compressed) {
                    *buf = [&buf[..levels], &self.unpack(&buf.slice(levels..))?].concat().into();
                }
            }
        }
        Ok(page)
    }

    /// Checks the assumptions of the decoders.
    fn check(&mut self, page: &Page) -> Result<()> {
        let values = page.num_values() as usize;
        if page.is_dictionary_page() {
            self.has_dictionary = true;
            return Ok(());
        }
        let by_dictionary = matches!(page.encoding(), Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
        if by_dictionary && !self.has_dictionary {
            return Err(wrong("a page without its dictionary"));
        }
        self.left = self.left.checked_sub(values).ok_or_else(|| wrong("more values than rows"))?;
        Ok(())
    }
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

impl<P: PageReader> Iterator for Pages<P> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<P: PageReader> PageReader for Pages<P> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.packed.get_next_page()?;
        page.map(|page| self.plain(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.packed.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.packed.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.packed.at_record_boundary()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_is_a_lie_takes_no_memory() {
        // A stated length of four gigabytes, and one byte of data.
        assert!(Codec::Snappy.decompress(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0]).is_err());
        let packed = snap::raw::Encoder::new().compress_vec(&[7; 100_000]).unwrap();
        assert_eq!(Codec::Snappy.decompress(&packed).unwrap(), [7; 100_000]);
        assert!(Codec::Gzip.decompress(b"no gzip").is_err());
        assert!(Codec::Zstd.decompress(b"no zstd").is_err());
        assert!(Codec::of(CompressionCodec::BROTLI).is_err());
    }
}
