//! What a file says of itself: title, artist, album, its place in it, and its cover.

use symphonia::core::formats::FormatReader;
use symphonia::core::meta::{MetadataContainer, StandardTag, StandardVisualKey};

use super::super::model::{Cover, Tags};

/// Longer texts are no titles.
const MOST_CHARS: usize = 500;
/// Larger pictures are no covers.
const MOST_COVER_BYTES: usize = 16 << 20;

/// Gathered from all that the file carries; of two the first counts.
pub(super) fn read(format: &mut dyn FormatReader, track_id: u32) -> Tags {
    let mut tags = Tags::default();
    let mut metadata = format.metadata();
    loop {
        if let Some(revision) = metadata.current() {
            let own = revision.per_track.iter().filter(|track| track.track_id == u64::from(track_id)).map(|track| &track.metadata);
            std::iter::once(&revision.media).chain(own).for_each(|container| add(&mut tags, container));
        }
        if metadata.is_latest() || metadata.pop().is_none() {
            return tags;
        }
    }
}

fn add(tags: &mut Tags, container: &MetadataContainer) {
    let put = |slot: &mut String, text: &str| {
        let text: String = text.trim().chars().filter(|sign| !sign.is_control()).take(MOST_CHARS).collect();
        if slot.is_empty() {
            *slot = text;
        }
    };
    let number = |slot: &mut Option<u32>, number: u64| *slot = slot.or(u32::try_from(number).ok().filter(|number| *number > 0));
    for tag in container.tags.iter().filter_map(|tag| tag.std.as_ref()) {
        match tag {
            StandardTag::TrackTitle(text) => put(&mut tags.title, text),
            StandardTag::Artist(text) => put(&mut tags.artist, text),
            StandardTag::Album(text) => put(&mut tags.album, text),
            StandardTag::TrackNumber(value) => number(&mut tags.track_number, *value),
            StandardTag::DiscNumber(value) => number(&mut tags.disc_number, *value),
            _ => {}
        }
    }
    let fits = |data: &[u8]| !data.is_empty() && data.len() <= MOST_COVER_BYTES;
    let pictures = || container.visuals.iter().filter(|visual| fits(&visual.data));
    let front = pictures().find(|visual| visual.usage == Some(StandardVisualKey::FrontCover)).or_else(|| pictures().next());
    if tags.cover.is_none()
        && let Some((picture, (mime, extension))) = front.and_then(|picture| Some((picture, kind(&picture.data)?)))
    {
        tags.cover = Some(Cover { mime, extension, bytes: picture.data.to_vec() });
    }
}

/// By the first bytes: what tags say of a picture's kind is often wrong.
fn kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const KINDS: [(&[u8], &str, &str); 3] =
        [(&[0xff, 0xd8, 0xff], "image/jpeg", "jpg"), (b"\x89PNG\r\n\x1a\n", "image/png", "png"), (b"GIF8", "image/gif", "gif")];
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice());
    let known = KINDS.iter().find(|(magic, ..)| bytes.starts_with(magic)).map(|(_, mime, extension)| (*mime, *extension));
    known.or(webp.then_some(("image/webp", "webp")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        assert_eq!(kind(b"\xff\xd8\xff\xe0JFIF"), Some(("image/jpeg", "jpg")));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Some(("image/png", "png")));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some(("image/webp", "webp")));
        assert_eq!(kind(b"<svg>"), None);
    }
}
