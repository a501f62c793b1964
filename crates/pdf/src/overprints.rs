//! Remembers what was drawn where, so that text drawn twice in one place, as many programs make it bold, is read once.
//!
//! Kept by the glyph collector for each page. Every glyph comes by, so it is one table of heads and one list of places:
//! an allocation for each glyph would be felt.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hayro::kurbo::Point;

/// An equal glyph closer than this, in font sizes, is the same glyph drawn again. The narrowest letters of common
/// fonts advance by 0.2.
const DISTANCE: f64 = 0.12;
/// The most points an overprint is off.
const DISTANCE_POINTS: f64 = 2.0;
/// The edge of the grid cells it is looked for in, in points: most glyphs need a look into one.
const CELL_POINTS: f64 = 8.0;
/// Equal glyphs looked at per grid cell; a bound on the work a page of stacked glyphs makes.
const PLACES_PER_CELL_MAX: usize = 16;

/// What was drawn so far.
#[derive(Debug, Default)]
pub(crate) struct Overprints {
    /// By text and grid cell: the newest place there, as an index.
    heads: HashMap<(u64, i64, i64), usize, RandomState>,
    places: Vec<Drawn>,
}

#[derive(Debug, Clone, Copy)]
struct Drawn {
    origin: Point,
    run: u32,
    /// The place in the same cell that was remembered before this one.
    before: Option<usize>,
}

impl Overprints {
    /// Whether `text` was drawn at `origin` by another call than `run`; remembers it if not.
    ///
    /// Glyphs of one call are never each other's duplicates: a font without widths stacks them in one place.
    pub(crate) fn has(&mut self, text: &str, origin: Point, size: f64, run: u32) -> bool {
        let distance = (DISTANCE * size).min(DISTANCE_POINTS);
        let text = self.heads.hasher().hash_one(text);
        for x in cell(origin.x - distance)..=cell(origin.x + distance) {
            for y in cell(origin.y - distance)..=cell(origin.y + distance) {
                let mut drawn = self.drawn_in((text, x, y));
                if drawn.any(|drawn| drawn.run != run && drawn.origin.distance(origin) < distance) {
                    return true;
                }
            }
        }
        let here = (text, cell(origin.x), cell(origin.y));
        if self.drawn_in(here).count() < PLACES_PER_CELL_MAX {
            let before = self.heads.insert(here, self.places.len());
            self.places.push(Drawn { origin, run, before });
        }
        false
    }

    fn drawn_in(&self, cell: (u64, i64, i64)) -> impl Iterator<Item = &Drawn> {
        let place = |index: usize| self.places.get(index);
        let head = self.heads.get(&cell).copied().and_then(place);
        std::iter::successors(head, move |drawn| drawn.before.and_then(place))
    }
}

/// The grid cell a coordinate falls into; that around 0 is twice as wide.
#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate; far-off glyphs share a cell")]
fn cell(coordinate: f64) -> i64 {
    (coordinate / CELL_POINTS) as i64
}
