//! One file made worse, a little or much, by a sequence of random numbers that is always the same.

/// Keys whose numbers somebody believes.
const BELIEVED: [&str; 16] = [
    "/Count",
    "/Length",
    "/Size",
    "/Prev",
    "/First",
    "/N",
    "/Width",
    "/Height",
    "/BitsPerComponent",
    "/Columns",
    "/Predictor",
    "/Colors",
    "/FirstChar",
    "/LastChar",
    "/Rotate",
    "/BBox",
];
/// What they are told.
const LIES: [&str; 8] = ["0", "-1", "1", "255", "65536", "2147483647", "4294967295", "[0 0 1e38 -1e38]"];

/// A fixed sequence of numbers without pattern (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// One file made worse.
pub(crate) fn mutate(mut bytes: Vec<u8>, random: &mut Random, bomb: &[u8]) -> Vec<u8> {
    let place = random.below(bytes.len());
    match random.below(9) {
        0 => bytes.truncate(place),
        1 => {
            for _ in 0..=random.below(32) {
                let place = random.below(bytes.len());
                bytes[place] ^= 1 << random.below(8);
            }
        }
        // Lengths, counts, offsets and references, a few at once: too large, negative, or somebody else's.
        2 | 3 => {
            for _ in 0..=random.below(8) {
                let from = random.below(bytes.len());
                let number = bytes[from..].iter().position(u8::is_ascii_digit).map(|start| from + start);
                let Some(start) = number else { continue };
                let end = bytes[start..].iter().position(|byte| !byte.is_ascii_digit());
                let end = end.map_or(bytes.len(), |length| start + length);
                let other = match random.below(4) {
                    0 => "4294967295".to_owned(),
                    1 => "-1".to_owned(),
                    _ => random.below(40).to_string(),
                };
                bytes.splice(start..end, other.into_bytes());
            }
        }
        4 => {
            let inserted = ["[", "<<", "<</A ", "(", "q ", "endobj ", "stream\n"][random.below(7)];
            let inserted = inserted.repeat(1 + random.below(10_000));
            bytes.splice(place..place, inserted.into_bytes());
        }
        5 => {
            let key = BELIEVED[random.below(BELIEVED.len())].as_bytes();
            let keys = places(&bytes, key);
            let Some(&at) = keys.get(random.below(keys.len())) else { return bytes };
            let start = at + key.len();
            let end = bytes[start..].iter().position(|byte| matches!(byte, b'/' | b'>' | b'\n'));
            let lie = format!(" {} ", LIES[random.below(LIES.len())]);
            bytes.splice(start..end.map_or(start, |length| start + length), lie.into_bytes());
        }
        6 => encircle(&mut bytes, random),
        7 => overfill(&mut bytes, random, bomb),
        _ => {
            let end = (place + random.below(2_000)).min(bytes.len());
            let moved: Vec<u8> = bytes.drain(place..end).collect();
            let to = random.below(bytes.len());
            bytes.splice(to..to, moved);
        }
    }
    bytes
}

/// Makes references lead to the object they stand in.
fn encircle(bytes: &mut Vec<u8>, random: &mut Random) {
    let objects = places(bytes, b" obj");
    let references = places(bytes, b" 0 R");
    for _ in 0..=random.below(4) {
        let Some(&at) = references.get(random.below(references.len())) else { break };
        let number = |end: usize| {
            let digits = bytes[..end].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            end - digits..end
        };
        let Some(&object) = objects.iter().rev().find(|&&object| object < at) else { continue };
        let own = bytes[number(object.saturating_sub(2))].to_vec();
        // As many digits, so that everything else stays where it is.
        let range = number(at);
        if own.len() <= range.len() {
            let padding = range.len() - own.len();
            bytes.splice(range, [vec![b'0'; padding], own].concat());
        }
    }
}

/// Replaces a stream's data by a bomb.
fn overfill(bytes: &mut Vec<u8>, random: &mut Random, bomb: &[u8]) {
    let streams = places(bytes, b">>stream\n").into_iter().map(|at| at + 9);
    let streams: Vec<usize> =
        streams.chain(places(bytes, b">>\nstream\n").into_iter().map(|at| at + 10)).collect();
    let Some(&start) = streams.get(random.below(streams.len())) else { return };
    let end = places(&bytes[start..], b"endstream").first().map_or(bytes.len(), |length| start + length);
    bytes.splice(start..end, bomb.iter().copied());
}

/// Where `what` stands.
fn places(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(what.len()).enumerate();
    windows.filter(|(_, window)| *window == what).map(|(place, _)| place).collect()
}
