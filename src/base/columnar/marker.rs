//! Recognises results of this program in Parquet files, without reading the file as a table.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The first bytes of a Parquet file.
pub const MAGIC: &[u8] = b"PAR1";

/// The entry of the footer that names the columns of results.
pub(super) const ENTRY: &str = "fourcast.results";

/// Number of bytes at the end of a file that contain the entry: the part of the footer after the row groups.
const END: u64 = 64 * 1024;

/// Appends the last bytes of a Parquet file, which contain its footer, to its first bytes.
pub fn add_end(file: &mut File, head: &mut Vec<u8>) {
    if !head.starts_with(MAGIC) {
        return;
    }
    // A file without a footer has no results; its error is reported later.
    let start = file.metadata().map_or(0, |data| data.len()).saturating_sub(END);
    if file.seek(SeekFrom::Start(start)).is_ok() {
        let _ = file.take(END).read_to_end(head);
    }
}

/// Whether a file with these first and last bytes holds results of this program.
pub fn is_of_results(ends: &[u8]) -> bool {
    ends.starts_with(MAGIC) && ends.windows(ENTRY.len()).any(|bytes| bytes == ENTRY.as_bytes())
}
