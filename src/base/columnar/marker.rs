//! Results of this program as Parquet, recognised without reading the file as a table.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The first bytes of a Parquet file.
pub const MAGIC: &[u8] = b"PAR1";

/// The entry of the footer that names the columns of results.
pub(super) const ENTRY: &str = "fourcast.results";

/// Bytes at the end of a file in which the entry is: what follows the groups of rows in the footer.
const END: u64 = 64 * 1024;

/// Adds to the first bytes of a Parquet file its last ones, where its footer is.
pub fn add_end(file: &mut File, head: &mut Vec<u8>) {
    if !head.starts_with(MAGIC) {
        return;
    }
    // A file without an end is none of results, and an error later.
    let start = file.metadata().map_or(0, |data| data.len()).saturating_sub(END);
    if file.seek(SeekFrom::Start(start)).is_ok() {
        let _ = file.take(END).read_to_end(head);
    }
}

/// Whether a file with these first and last bytes holds results of this program.
pub fn is_of_results(ends: &[u8]) -> bool {
    ends.starts_with(MAGIC) && ends.windows(ENTRY.len()).any(|bytes| bytes == ENTRY.as_bytes())
}
