//! Pictures of pages that findings point at, as the caller drew them: bounded, so that a report can still be sent by mail.

use std::collections::{BTreeMap, BTreeSet};

use docmill_contract::analysis::Analysis;
use docmill_contract::identity::DocumentId;

/// Pages in one report. A page of type is near 75 KB, and the most severe findings come first.
pub const PICTURES_MAX: usize = 40;
/// Bytes of one picture: even a page scanned and dithered, which packs worst, stays below at 100 dpi.
pub const PICTURE_BYTES_MAX: usize = 1_000_000;
/// Bytes of all pictures: in base64 a third more, which mail servers still take (10 MB).
pub const PICTURES_BYTES_MAX: usize = 6_000_000;

/// The picture of one page.
#[derive(Debug, Clone, PartialEq)]
pub struct PagePicture {
    /// A PNG or a JPEG of the whole page.
    pub bytes: Vec<u8>,
    /// The page's width in points.
    pub width_points: f32,
    /// The page's height in points.
    pub height_points: f32,
}

/// Pictures by document and page.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    pages: BTreeMap<(DocumentId, u32), PagePicture>,
    bytes: usize,
}

impl Pictures {
    /// The pages that the findings point at with a box, the most severe findings' first, each once; at most
    /// [`PICTURES_MAX`].
    pub fn wanted(analysis: &Analysis) -> Vec<(DocumentId, u32)> {
        let places = analysis.findings.iter().flat_map(|finding| &finding.places);
        let boxed = places.filter(|place| place.bounds.is_some());
        let pages = boxed.filter_map(|place| Some((place.document.clone(), place.page?)));
        let mut seen = BTreeSet::new();
        pages.filter(|page| seen.insert(page.clone())).take(PICTURES_MAX).collect()
    }

    /// Takes the picture of a page, from 1, and says whether it did: not where it is neither PNG nor JPEG, has no size, or
    /// is one too many or too large.
    pub fn add(&mut self, document: DocumentId, page: u32, picture: PagePicture) -> bool {
        let bytes = self.bytes + picture.bytes.len();
        let has_size = |points: f32| points.is_finite() && points > 0.0;
        let fits = self.pages.len() < PICTURES_MAX
            && picture.bytes.len() <= PICTURE_BYTES_MAX
            && bytes <= PICTURES_BYTES_MAX
            && has_size(picture.width_points)
            && has_size(picture.height_points)
            && media_type(&picture.bytes).is_some()
            && !self.pages.contains_key(&(document.clone(), page));
        if fits {
            self.bytes = bytes;
            self.pages.insert((document, page), picture);
        }
        fits
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// A page's picture, and its number among all.
    pub(crate) fn find(&self, document: &DocumentId, page: u32) -> Option<(usize, &PagePicture)> {
        let key = (document.clone(), page);
        let picture = self.pages.get(&key)?;
        Some((self.pages.range(..key).count(), picture))
    }

    /// All, in the order of their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &PagePicture> {
        self.pages.values()
    }
}

/// By its first bytes; none for what isn't a picture that browsers show.
pub(crate) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        _ => None,
    }
}
