//! Keccak256 of many messages: eight states side by side, one in each lane of a register.
//!
//! A lane that has finished its message takes up the next one, so messages of different lengths
//! keep all lanes at work; the longest go first, so that none is left alone at the end.

use alloy_primitives::{B256, keccak256};
use rayon::prelude::*;

use super::Backend;

/// Messages that one thread takes up at once.
const BATCH: usize = 512;
/// A single message takes less time without the lanes.
const LEAST: usize = 2;

/// The keccak256 hash of each message.
pub fn hash_all<M: AsRef<[u8]> + Sync>(backend: Backend, messages: &[M]) -> Vec<B256> {
    if messages.len() <= BATCH {
        return hash_batch(backend, messages);
    }
    let batches: Vec<Vec<B256>> =
        messages.par_chunks(BATCH).map(|batch| hash_batch(backend, batch)).collect();
    batches.concat()
}

/// Messages of any lengths, one after the other in one buffer.
#[derive(Debug, Default)]
pub struct Messages {
    bytes: Vec<u8>,
    /// Where each message ends.
    ends: Vec<usize>,
}

impl Messages {
    /// Adds the message that these parts make up.
    pub fn push(&mut self, parts: &[&[u8]]) {
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.ends.push(self.bytes.len());
    }

    /// The keccak256 hash of each message.
    pub fn hash(&self, backend: Backend) -> Vec<B256> {
        let starts = core::iter::once(&0).chain(&self.ends);
        let messages: Vec<&[u8]> =
            starts.zip(&self.ends).map(|(start, end)| &self.bytes[*start..*end]).collect();
        hash_all(backend, &messages)
    }
}

fn hash_batch<M: AsRef<[u8]>>(backend: Backend, messages: &[M]) -> Vec<B256> {
    #[cfg(target_arch = "x86_64")]
    if messages.len() >= LEAST
        && let Some(features) = backend.features()
    {
        return wide::hash_messages(features, messages);
    }
    messages.iter().map(keccak256).collect()
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use core::arch::x86_64::*;

    use super::B256;
    use crate::lanes::Features;

    /// Bytes that one permutation absorbs.
    const RATE: usize = 136;
    /// States in a register.
    const LANES: usize = 8;
    const WORDS: usize = 25;

    macro_rules! xor3 {
        ($a:expr, $b:expr, $c:expr) => {
            _mm512_ternarylogic_epi64::<0x96>($a, $b, $c)
        };
    }

    type State = [__m512i; WORDS];
    type Blocks = [[u8; RATE]; LANES];

    const ROUND_CONSTANTS: [u64; 24] = [
        0x0000_0000_0000_0001,
        0x0000_0000_0000_8082,
        0x8000_0000_0000_808a,
        0x8000_0000_8000_8000,
        0x0000_0000_0000_808b,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8009,
        0x0000_0000_0000_008a,
        0x0000_0000_0000_0088,
        0x0000_0000_8000_8009,
        0x0000_0000_8000_000a,
        0x0000_0000_8000_808b,
        0x8000_0000_0000_008b,
        0x8000_0000_0000_8089,
        0x8000_0000_0000_8003,
        0x8000_0000_0000_8002,
        0x8000_0000_0000_0080,
        0x0000_0000_0000_800a,
        0x8000_0000_8000_000a,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8080,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8008,
    ];

    /// What is still to be absorbed of a message.
    #[derive(Clone, Copy)]
    struct Stream<'a> {
        message: usize,
        rest: &'a [u8],
    }

    pub(super) fn hash_messages<M: AsRef<[u8]>>(_: Features, messages: &[M]) -> Vec<B256> {
        let streams = messages.iter().enumerate();
        let mut streams: Vec<Stream<'_>> =
            streams.map(|(message, bytes)| Stream { message, rest: bytes.as_ref() }).collect();
        if streams.iter().any(|stream| stream.blocks() != streams[0].blocks()) {
            streams.sort_by_key(|stream| core::cmp::Reverse(stream.blocks()));
        }
        // SAFETY: the processor has the features.
        unsafe { hash_streams(&streams) }
    }

    /// Hashes streams of bytes, which are numbered from 0 on in any order.
    #[target_feature(enable = "avx512f")]
    fn hash_streams(streams: &[Stream<'_>]) -> Vec<B256> {
        let mut hashes = vec![B256::ZERO; streams.len()];
        let mut waiting = streams.iter().copied();
        let mut lanes: [Option<Stream<'_>>; LANES] = [None; LANES];
        let mut state = [_mm512_setzero_si512(); WORDS];
        let mut blocks = [[0; RATE]; LANES];
        loop {
            let (mut continued, mut finished): (__mmask8, __mmask8) = (0, 0);
            for (lane, stream) in lanes.iter_mut().enumerate() {
                match stream {
                    Some(_) => continued |= 1 << lane,
                    None => *stream = waiting.next(),
                }
                if stream.as_mut().is_some_and(|stream| stream.fill(&mut blocks[lane])) {
                    finished |= 1 << lane;
                }
            }
            if lanes.iter().all(Option::is_none) {
                return hashes;
            }
            absorb(&mut state, &blocks, continued);
            permute(&mut state);
            if finished == 0 {
                continue;
            }
            let words = read_hashes(&state);
            for (lane, stream) in lanes.iter_mut().enumerate() {
                if let Some(stream) = stream.take_if(|_| finished >> lane & 1 == 1) {
                    let bytes = hashes[stream.message].chunks_exact_mut(8);
                    bytes.zip(&words).for_each(|(bytes, word)| {
                        bytes.copy_from_slice(&word[lane].to_le_bytes());
                    });
                }
            }
        }
    }

    impl Stream<'_> {
        /// Blocks with the padding, which fills the last one.
        fn blocks(&self) -> usize {
            self.rest.len() / RATE + 1
        }

        /// Moves the next block out; whether it was the last.
        #[inline]
        fn fill(&mut self, block: &mut [u8; RATE]) -> bool {
            if let Some((whole, rest)) = self.rest.split_at_checked(RATE) {
                block.copy_from_slice(whole);
                self.rest = rest;
                return false;
            }
            let (data, padding) = block.split_at_mut(self.rest.len());
            data.copy_from_slice(self.rest);
            padding.fill(0);
            padding[0] = 0x01;
            block[RATE - 1] |= 0x80;
            true
        }
    }

    /// Adds one block to each state, which is first cleared where `continued` has no bit.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn absorb(state: &mut State, blocks: &Blocks, continued: __mmask8) {
        let offsets: [i64; LANES] = core::array::from_fn(|lane| (lane * RATE) as i64);
        // SAFETY: the source is 64 bytes.
        let offsets = unsafe { _mm512_loadu_si512(offsets.as_ptr().cast()) };
        for (index, word) in state.iter_mut().enumerate() {
            *word = _mm512_maskz_mov_epi64(continued, *word);
            if index < RATE / 8 {
                let first = blocks.as_flattened()[8 * index..].as_ptr().cast();
                // SAFETY: the word `index` of each of the eight blocks lies inside it.
                let added = unsafe { _mm512_i64gather_epi64::<1>(offsets, first) };
                *word = _mm512_xor_si512(*word, added);
            }
        }
    }

    /// The first four words of every state: a hash a lane.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn read_hashes(state: &State) -> [[u64; LANES]; 4] {
        let mut words = [[0; LANES]; 4];
        for (word, out) in state.iter().zip(&mut words) {
            // SAFETY: the target is 64 bytes.
            unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), *word) };
        }
        words
    }

    /// Keccak-f\[1600\] in every lane.
    ///
    /// Macros rather than functions: the state must stay in registers, however little the compiler
    /// inlines.
    #[target_feature(enable = "avx512f")]
    fn permute(state: &mut State) {
        let mut a = *state;
        for constant in ROUND_CONSTANTS {
            // θ: a word takes the parity of the column before it, and that of the one after,
            // rotated.
            macro_rules! parity {
                ($x:literal) => {
                    xor3!(a[$x], a[$x + 5], xor3!(a[$x + 10], a[$x + 15], a[$x + 20]))
                };
            }
            let parities = [parity!(0), parity!(1), parity!(2), parity!(3), parity!(4)];
            macro_rules! rotated {
                ($x:literal) => {
                    _mm512_rol_epi64::<1>(parities[$x])
                };
            }
            let rotated = [rotated!(0), rotated!(1), rotated!(2), rotated!(3), rotated!(4)];
            // ρ and π: the word that comes from a place, rotated by a number of bits.
            macro_rules! moved {
                ($from:literal, $bits:literal) => {
                    _mm512_rol_epi64::<$bits>(xor3!(
                        a[$from],
                        parities[($from + 4) % 5],
                        rotated[($from + 1) % 5]
                    ))
                };
            }
            // χ: a word takes the next one's complement and the one after that.
            macro_rules! row {
                ($b:expr) => {{
                    let b = $b;
                    [
                        _mm512_ternarylogic_epi64::<0xd2>(b[0], b[1], b[2]),
                        _mm512_ternarylogic_epi64::<0xd2>(b[1], b[2], b[3]),
                        _mm512_ternarylogic_epi64::<0xd2>(b[2], b[3], b[4]),
                        _mm512_ternarylogic_epi64::<0xd2>(b[3], b[4], b[0]),
                        _mm512_ternarylogic_epi64::<0xd2>(b[4], b[0], b[1]),
                    ]
                }};
            }
            let [a0, a1, a2, a3, a4] =
                row!([moved!(0, 0), moved!(6, 44), moved!(12, 43), moved!(18, 21), moved!(24, 14)]);
            let [b0, b1, b2, b3, b4] =
                row!([moved!(3, 28), moved!(9, 20), moved!(10, 3), moved!(16, 45), moved!(22, 61)]);
            let [c0, c1, c2, c3, c4] =
                row!([moved!(1, 1), moved!(7, 6), moved!(13, 25), moved!(19, 8), moved!(20, 18)]);
            let [d0, d1, d2, d3, d4] = row!([
                moved!(4, 27),
                moved!(5, 36),
                moved!(11, 10),
                moved!(17, 15),
                moved!(23, 56)
            ]);
            let [e0, e1, e2, e3, e4] =
                row!([moved!(2, 62), moved!(8, 55), moved!(14, 39), moved!(15, 41), moved!(21, 2)]);
            // ι
            let a0 = _mm512_xor_si512(a0, _mm512_set1_epi64(constant.cast_signed()));
            a = [
                a0, a1, a2, a3, a4, b0, b1, b2, b3, b4, c0, c1, c2, c3, c4, d0, d1, d2, d3, d4, e0,
                e1, e2, e3, e4,
            ];
        }
        *state = a;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that differ from place to place and from message to message.
    fn message(number: usize, length: usize) -> Vec<u8> {
        (0..length).map(|index| (index * 31 + number * 7 + 1).to_le_bytes()[0]).collect()
    }

    fn assert_hashes(messages: &[Vec<u8>]) {
        let expected: Vec<B256> = messages.iter().map(keccak256).collect();
        let mut joined = Messages::default();
        for message in messages {
            let (head, tail) = message.split_at(message.len() / 3);
            joined.push(&[head, tail]);
        }
        for backend in Backend::available() {
            assert!(hash_all(*backend, messages) == expected, "{backend}");
            assert!(joined.hash(*backend) == expected, "{backend}");
        }
    }

    #[test]
    fn test_every_length_across_the_borders_of_blocks() {
        for length in 0..=410 {
            assert_hashes(&(0..9).map(|number| message(number, length)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn test_every_number_of_messages() {
        for count in (0..=26).chain([511, 512, 513, 1030]) {
            assert_hashes(&(0..count).map(|number| message(number, 97)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn test_lanes_with_messages_of_different_lengths() {
        // Lengths that end lanes one by one, several at once, and all but one.
        let mixed = (0..60).map(|number| message(number, number * number * 37 % 2000));
        assert_hashes(&mixed.collect::<Vec<_>>());
        let steps = (0..17).map(|number| message(number, number * 136));
        assert_hashes(&steps.collect::<Vec<_>>());
        let one_long = (0..20).map(|number| message(number, if number == 11 { 5000 } else { 1 }));
        assert_hashes(&one_long.collect::<Vec<_>>());
    }
}
