//! A font for text whose own isn't in the file, above all Chinese, Japanese and Korean.
//!
//! Read and checked by whoever starts a reading child, and drawn with by [`render`](crate::render()): the fonts that
//! come with the renderer have Latin letters only. It changes pictures, never text.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::font::{FontData, FontQuery};
use skrifa::{FontRef, MetadataProvider as _};

/// Bytes of a font's file. 40 MiB: the largest collections for all of Chinese, Japanese and Korean have 20 to 30.
pub const FALLBACK_FONT_BYTES_MAX: u64 = 40 * 1024 * 1024;

/// The first font of a TrueType or OpenType file, or of a collection of them.
#[derive(Debug, Clone)]
pub struct FallbackFont(Arc<Vec<u8>>);

/// Why a file is no font to fall back to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FallbackFontError {
    /// It is too large.
    #[error("the font has {bytes} bytes, more than the {FALLBACK_FONT_BYTES_MAX} allowed")]
    TooLarge {
        /// The file's size.
        bytes: u64,
    },
    /// It is something else.
    #[error("the file is no TrueType or OpenType font: {reason}")]
    NotAFont {
        /// What the reader said.
        reason: String,
    },
    /// Nothing says which glyph is which character's.
    #[error("the font has no table of characters, so that none could be found in it")]
    NoCharacters,
}

impl FallbackFont {
    /// Checks that `bytes` is a font with characters in it.
    ///
    /// # Errors
    /// [`FallbackFontError`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, FallbackFontError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > FALLBACK_FONT_BYTES_MAX {
            return Err(FallbackFontError::TooLarge { bytes: length });
        }
        let font = FontRef::from_index(&bytes, 0)
            .map_err(|error| FallbackFontError::NotAFont { reason: error.to_string() })?;
        if !font.charmap().has_map() {
            return Err(FallbackFontError::NoCharacters);
        }
        Ok(Self(Arc::new(bytes)))
    }

    /// Settings that draw with it what has no font in the file and isn't one of the fourteen standard ones.
    pub(crate) fn settings(font: Option<&Self>) -> InterpreterSettings {
        let mut settings = InterpreterSettings::default();
        let Some(Self(bytes)) = font else { return settings };
        let data: FontData = Arc::<Vec<u8>>::clone(bytes);
        settings.font_resolver = Arc::new(move |query| match query {
            FontQuery::Standard(standard) => Some(standard.get_font_data()),
            FontQuery::Fallback(_) => Some((Arc::clone(&data), 0)),
        });
        settings
    }
}
