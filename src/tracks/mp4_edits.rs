//! Which part of an MP4's sound is to be played: the edit list says where the encoder's delay ends.
//!
//! Symphonia reads edit lists and ignores them, so this walks the boxes itself: `moov` for its time scale, then the first
//! sound `trak` for its own time scale and its first edit.  Any file that is not an MP4, or is a strange one, gives `None`.

use std::io::{self, Read, Seek, SeekFrom};

/// The span of a decoded file that is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Played {
    pub(super) from_secs: f64,
    pub(super) length_secs: Option<f64>,
}

/// A `moov` box holds tables, not sound; beyond this it is not read.
const MAX_MOOV_BYTES: u64 = 64 << 20;
const MAX_BOXES: usize = 4_096;

/// Reads the edit and goes back to the start of the file.
pub(super) fn read(file: &mut (impl Read + Seek)) -> Option<Played> {
    let played = moov(file).ok().flatten().and_then(|moov| played(&moov));
    file.rewind().ok()?;
    played
}

/// The content of the `moov` box, wherever among the file's boxes it lies.
fn moov(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    for index in 0..MAX_BOXES {
        let mut header = [0; 8];
        file.read_exact(&mut header)?;
        let kind = [header[4], header[5], header[6], header[7]];
        if index == 0 && &kind != b"ftyp" {
            return Ok(None);
        }
        let short = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
        let length = if short == 1 {
            let mut long = [0; 8];
            file.read_exact(&mut long)?;
            u64::from_be_bytes(long).checked_sub(16)
        } else {
            short.checked_sub(8)
        };
        let Some(length) = length else { return Ok(None) };
        if &kind == b"moov" {
            let mut content = Vec::new();
            file.take(length.min(MAX_MOOV_BYTES)).read_to_end(&mut content)?;
            return Ok(Some(content));
        }
        let Ok(skip) = i64::try_from(length) else { return Ok(None) };
        file.seek(SeekFrom::Current(skip))?;
    }
    Ok(None)
}

/// The boxes that lie side by side in `content`.
fn boxes(mut content: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::try_from(u32_at(content, 0)?).ok()?;
        let (kind, body) = (content.get(4..8)?, content.get(8..length)?);
        content = &content[length..];
        Some((kind, body))
    })
}

fn find<'a>(content: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(content).find(|(found, _)| found == kind).map(|(_, body)| body)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Ticks a second, of a movie or media header.
fn time_scale(header: &[u8]) -> Option<f64> {
    let scale = u32_at(header, if header.first()? == &1 { 20 } else { 12 })?;
    (scale > 0).then_some(f64::from(scale))
}

fn played(moov: &[u8]) -> Option<Played> {
    let movie_scale = time_scale(find(moov, b"mvhd")?)?;
    let is_sound = |trak: &&[u8]| {
        let handler = find(trak, b"mdia").and_then(|media| find(media, b"hdlr"));
        handler.and_then(|handler| handler.get(8..12)) == Some(b"soun")
    };
    let trak = boxes(moov).filter(|(kind, _)| kind == b"trak").map(|(_, body)| body).find(is_sound)?;
    let media_scale = time_scale(find(find(trak, b"mdia")?, b"mdhd")?)?;
    let edits = find(find(trak, b"edts")?, b"elst")?;
    let is_long = edits.first()? == &1;
    let n_edits = u32_at(edits, 4)? as usize;
    let width = if is_long { 20 } else { 12 };
    // Empty edits (a start of -1) only delay a track against a picture.
    let edit = edits.get(8..)?.chunks_exact(width).take(n_edits).find_map(|edit| {
        let (length, start) = match is_long {
            true => (u64_at(edit, 0)?, u64_at(edit, 8)? as i64),
            false => (u64::from(u32_at(edit, 0)?), i64::from(u32_at(edit, 4)? as i32)),
        };
        (start >= 0).then_some((length, start))
    });
    let (length, start) = edit?;
    let length_secs = (length > 0).then_some(length as f64 / movie_scale);
    Some(Played { from_secs: start as f64 / media_scale, length_secs })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32 + 8).to_be_bytes();
        [&length, &kind[..], body].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn file(handler: &[u8; 4], edits: &[u32]) -> Vec<u8> {
        let hdlr = [&words(&[0, 0]), &handler[..]].concat();
        let mdia = [boxed(b"mdhd", &words(&[0, 0, 0, 44_100, 0])), boxed(b"hdlr", &hdlr)].concat();
        let elst = [words(&[0, edits.len() as u32 / 3]), words(edits)].concat();
        let trak = [boxed(b"edts", &boxed(b"elst", &elst)), boxed(b"mdia", &mdia)].concat();
        let moov = [boxed(b"mvhd", &words(&[0, 0, 0, 1_000, 0])), boxed(b"trak", &trak)].concat();
        [boxed(b"ftyp", b"M4A "), boxed(b"mdat", &[7; 100]), boxed(b"moov", &moov)].concat()
    }

    #[test]
    fn the_first_edit_that_plays_gives_start_and_length() {
        let expected = Some(Played { from_secs: 2_112.0 / 44_100.0, length_secs: Some(3.0) });
        assert_eq!(read(&mut Cursor::new(file(b"soun", &[3_000, 2_112, 0x1_0000]))), expected);
        assert_eq!(read(&mut Cursor::new(file(b"soun", &[50, u32::MAX, 0x1_0000, 3_000, 2_112, 0x1_0000]))), expected);
    }

    #[test]
    fn a_picture_track_or_another_format_or_half_a_file_gives_nothing() {
        assert_eq!(read(&mut Cursor::new(file(b"vide", &[3_000, 2_112, 0x1_0000]))), None);
        assert_eq!(read(&mut Cursor::new(b"RIFF....WAVEfmt ".to_vec())), None);
        let whole = file(b"soun", &[3_000, 2_112, 0x1_0000]);
        for n in 0..whole.len() - 1 {
            assert!(read(&mut Cursor::new(whole[..n].to_vec())).is_none_or(|played| played.from_secs < 1.0), "{n} bytes");
        }
    }
}
