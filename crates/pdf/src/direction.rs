//! The direction a piece of text runs in, and the reading frame that goes with it.
//!
//! Everything after the glyph collector works in the reading frame: `along` grows in the direction of reading and
//! `across` grows from line to line, whatever way the text is turned on the page.

use hayro::kurbo::{Point, Vec2};

use crate::model::Bounds;

/// A text direction in whole degrees, clockwise from "to the right", 0–359.
///
/// Whole degrees, because a line's glyphs must agree on one direction although their matrices are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Direction(u16);

impl Direction {
    /// The direction of a vector in page space (y down); to the right for one of no length.
    pub(crate) fn of(vector: Vec2) -> Self {
        // Nearly all text, and an arc tangent for each glyph would be felt.
        if vector.y == 0.0 && vector.x > 0.0 {
            return Self(0);
        }
        let degrees = vector.atan2().to_degrees().round().rem_euclid(360.0);
        Self(whole(degrees) % 360)
    }

    /// The unit vector along the text. Quarter turns are exact, so that upright boxes stay exact.
    fn along(self) -> Vec2 {
        match self.0 {
            0 => Vec2::new(1.0, 0.0),
            90 => Vec2::new(0.0, 1.0),
            180 => Vec2::new(-1.0, 0.0),
            270 => Vec2::new(0.0, -1.0),
            degrees => Vec2::from_angle(f64::from(degrees).to_radians()),
        }
    }

    /// The unit vector from line to line: along, turned clockwise.
    fn across(self) -> Vec2 {
        let along = self.along();
        Vec2::new(-along.y, along.x)
    }

    /// A page point's place in the reading frame: (along, across).
    pub(crate) fn place(self, point: Point) -> (f64, f64) {
        let vector = point.to_vec2();
        (vector.dot(self.along()), vector.dot(self.across()))
    }

    /// The length of a page vector's part across the text.
    pub(crate) fn height(self, vector: Vec2) -> f64 {
        vector.dot(self.across()).abs()
    }

    /// The upright page box around a box of the reading frame.
    pub(crate) fn bounds(self, along: [f64; 2], across: [f64; 2]) -> Bounds {
        let mut bounds: Option<Bounds> = None;
        for a in along {
            for c in across {
                let point = self.along() * a + self.across() * c;
                let (x, y) = (narrow(point.x), narrow(point.y));
                let corner = Bounds { x0: x, y0: y, x1: x, y1: y };
                bounds = Some(bounds.map_or(corner, |bounds| bounds.union(corner)));
            }
        }
        bounds.unwrap_or(Bounds { x0: 0.0, y0: 0.0, x1: 0.0, y1: 0.0 })
    }
}

/// Page coordinates fit a single-precision number by far; what doesn't is clamped by the cast.
#[expect(clippy::cast_possible_truncation, reason = "rounding a coordinate to single precision is meant")]
pub(crate) fn narrow(value: f64) -> f32 {
    value as f32
}

/// A whole number of degrees; NaN, from a broken matrix, is 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rem_euclid left 0 to 360, and casts of floats saturate"
)]
fn whole(degrees: f64) -> u16 {
    degrees as u16
}
