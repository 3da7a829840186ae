//! Replaces box-drawing characters, which databases use to print tables, by ASCII.

use std::io::{self, Cursor, Read};

use super::Stream;

/// The first two bytes of box-drawing characters in UTF-8, U+2500 to U+257F.
const LINES: [[u8; 2]; 2] = [[0xE2, 0x94], [0xE2, 0x95]];

/// Returns the text with `|` for vertical lines and `-` for all others, if its head has a vertical line.
pub(super) fn plain<'a>(head: Vec<u8>, rest: Stream<'a>) -> (Vec<u8>, Stream<'a>) {
    let vertical = |text: &[u8]| matches!(text, [0xE2, 0x94, 0x82] | [0xE2, 0x95, 0x91]);
    // Most files have none, and a search for one byte is fast.
    if !head.contains(&0xE2) || !head.windows(3).any(vertical) {
        return (head, rest);
    }
    let mut boxes = Boxes { rest, open: Vec::new(), ready: Cursor::default() };
    let head = boxes.without(&head);
    (head, Box::new(boxes))
}

struct Boxes<'a> {
    rest: Stream<'a>,
    /// The first bytes of a character that is cut at the end of a piece.
    open: Vec<u8>,
    /// Converted text that is not read yet.
    ready: Cursor<Vec<u8>>,
}

impl Boxes<'_> {
    fn without(&mut self, piece: &[u8]) -> Vec<u8> {
        let text = [&std::mem::take(&mut self.open)[..], piece].concat();
        let mut plain = Vec::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            match &text[at..] {
                [one, two, three, ..] if LINES.contains(&[*one, *two]) => {
                    plain.push(if matches!([*two, *three], [0x94, 0x82] | [0x95, 0x91]) { b'|' } else { b'-' });
                    at += 3;
                }
                cut @ ([0xE2] | [0xE2, 0x94 | 0x95]) => {
                    self.open = cut.to_vec();
                    break;
                }
                [byte, ..] => {
                    plain.push(*byte);
                    at += 1;
                }
                [] => break,
            }
        }
        plain
    }
}

impl Read for Boxes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const PIECE_BYTES: usize = 64 * 1024;
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let mut piece = Vec::new();
            self.rest.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
            let plain = if piece.is_empty() { std::mem::take(&mut self.open) } else { self.without(&piece) };
            if plain.is_empty() && piece.is_empty() {
                return Ok(0);
            }
            self.ready = Cursor::new(plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_drawn_in_ascii() {
        let text = "┌───┬───┐\n│ a │ é │\n╞═══╪═══╡\n║ 1 ║ € ║\n└───┴───┘\n";
        let plain_text = "---------\n| a | é |\n---------\n| 1 | € |\n---------\n";
        for cut in 20..text.len() {
            let (head, mut rest) = plain(text.as_bytes()[..cut].to_vec(), Box::new(&text.as_bytes()[cut..]));
            if !text.as_bytes()[..cut].windows(3).any(|three| three == "│".as_bytes()) {
                continue;
            }
            let mut all = head;
            rest.read_to_end(&mut all).unwrap();
            assert_eq!(String::from_utf8(all).unwrap(), plain_text, "{cut}");
        }
    }
}
