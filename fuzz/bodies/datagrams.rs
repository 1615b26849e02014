//! Bytes as datagrams, each behind a byte pair of its length, low byte first; the last one may be cut off.

pub(crate) fn datagrams(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (head, rest) = data.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_le_bytes(*head)).min(rest.len());
        let (packet, rest) = rest.split_at(length);
        data = rest;
        Some(packet)
    })
}
