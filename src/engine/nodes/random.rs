//! Every random draw: a pure function of (seed, node, draw number, head).

/// `SplitMix64`'s finaliser: a bijection in which every input bit changes about half of the output bits.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed from bytes (FNV-1a, then mixed).
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(hash)
}

/// A draw of 64 bits for (`seed`, `draw`, `head`).
pub fn draw_bits(seed: u64, draw: u64, head: u64) -> u64 {
    mix(mix(mix(seed) ^ draw) ^ head)
}

/// A draw in `0.0..1.0`.
pub fn draw(seed: u64, draw_number: u64, head: u64) -> f32 {
    unit(draw_bits(seed, draw_number, head))
}

/// 64 random bits as a number in `0.0..1.0`.
pub(super) fn unit(bits: u64) -> f32 {
    (bits >> 40) as f32 / (1u64 << 24) as f32
}
