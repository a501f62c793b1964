//! A box, and how it is sent from one process to another.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Four coordinates of four bytes each.
pub(super) const BYTES: usize = 16;

/// A box in points from the rotated page's top left corner, y growing downwards.
///
/// Sent as 16 bytes in one piece: every word has one, and four numbers one by one cost several times as much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Left edge.
    pub x0: f32,
    /// Top edge.
    pub y0: f32,
    /// Right edge.
    pub x1: f32,
    /// Bottom edge.
    pub y1: f32,
}

impl Bounds {
    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// The wider of the horizontal and the vertical gap between two boxes; 0 where they overlap.
    pub(super) fn distance(self, other: Self) -> f32 {
        let across = (other.x0 - self.x1).max(self.x0 - other.x1);
        let down = (other.y0 - self.y1).max(self.y0 - other.y1);
        across.max(down).max(0.0)
    }

    pub(super) fn to_bytes(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let (chunks, _) = bytes.as_chunks_mut();
        for (chunk, number) in chunks.iter_mut().zip([self.x0, self.y0, self.x1, self.y1]) {
            *chunk = number.to_le_bytes();
        }
        bytes
    }

    /// None if there are more or fewer.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[x0, y0, x1, y1], []) = bytes.as_chunks() else { return None };
        let number = f32::from_le_bytes;
        Some(Self { x0: number(x0), y0: number(y0), x1: number(x1), y1: number(y1) })
    }
}

impl Serialize for Bounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.to_bytes())
    }
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Coordinates)
    }
}

struct Coordinates;

impl Visitor<'_> for Coordinates {
    type Value = Bounds;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the {BYTES} bytes of a box")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bounds, E> {
        Bounds::of_bytes(bytes).ok_or_else(|| E::invalid_length(bytes.len(), &self))
    }
}
