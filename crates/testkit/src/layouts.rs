//! Draws invoices: four layouts over one sheet with a table that breaks over pages.
//!
//! Called by the samples and the generator of many. Every layout takes every wording, so their product is a varied
//! stock; what the numbers are is not decided here.

mod heads;
mod sheet;

use crate::invoice::Invoice;
use crate::pdf::{Colour, Pdf};
use sheet::{Column, Field, Sheet, Theme};

/// How an invoice looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A letterhead, facts at the right, a ruled table.
    Letter,
    /// A coloured band across the top, quantity first.
    Band,
    /// A letter after DIN 5008 with a window for the address, positions and units.
    Din,
    /// A coloured edge, captions above the facts, much white.
    Plain,
}

impl Layout {
    /// All layouts.
    pub const ALL: [Self; 4] = [Self::Letter, Self::Band, Self::Din, Self::Plain];

    fn theme(self) -> Theme {
        let left = |field, x| Column { field, x, to_the_right: false };
        let right = |field, x| Column { field, x, to_the_right: true };
        match self {
            Self::Letter => Theme {
                left: 56.0,
                right: 539.0,
                accent: Colour(0.13, 0.13, 0.16),
                header_fill: Some(Colour(0.92, 0.92, 0.93)),
                header_colour: Colour(0.13, 0.13, 0.16),
                row_rules: true,
                stripes: false,
                total_fill: None,
                columns: vec![
                    left(Field::Description, 62.0),
                    right(Field::Quantity, 352.0),
                    right(Field::UnitPrice, 448.0),
                    right(Field::Amount, 533.0),
                ],
            },
            Self::Band => Theme {
                left: 48.0,
                right: 547.0,
                accent: Colour(0.10, 0.25, 0.44),
                header_fill: Some(Colour(0.10, 0.25, 0.44)),
                header_colour: Colour::WHITE,
                row_rules: false,
                stripes: true,
                total_fill: None,
                columns: vec![
                    right(Field::Quantity, 100.0),
                    left(Field::Description, 124.0),
                    right(Field::UnitPrice, 440.0),
                    right(Field::Amount, 539.0),
                ],
            },
            Self::Din => Theme {
                left: 70.0,
                right: 538.0,
                accent: Colour(0.45, 0.10, 0.12),
                header_fill: None,
                header_colour: Colour::BLACK,
                row_rules: false,
                stripes: false,
                total_fill: None,
                columns: vec![
                    left(Field::Position, 70.0),
                    left(Field::Description, 102.0),
                    right(Field::Quantity, 362.0),
                    left(Field::Unit, 376.0),
                    right(Field::UnitPrice, 466.0),
                    right(Field::Amount, 538.0),
                ],
            },
            Self::Plain => Theme {
                left: 56.0,
                right: 539.0,
                accent: Colour(0.11, 0.45, 0.36),
                header_fill: None,
                header_colour: Colour(0.11, 0.45, 0.36),
                row_rules: true,
                stripes: false,
                total_fill: Some(Colour(0.90, 0.96, 0.94)),
                columns: vec![
                    left(Field::Description, 56.0),
                    right(Field::Quantity, 356.0),
                    right(Field::UnitPrice, 446.0),
                    right(Field::Amount, 533.0),
                ],
            },
        }
    }
}

/// The invoice as a PDF.
pub fn draw(invoice: &Invoice, layout: Layout) -> Pdf {
    let mut sheet = Sheet::new(invoice, layout.theme());
    match layout {
        Layout::Letter => heads::letter(&mut sheet),
        Layout::Band => heads::band(&mut sheet),
        Layout::Din => heads::din(&mut sheet),
        Layout::Plain => heads::plain(&mut sheet),
    }
    sheet.table();
    sheet.totals();
    sheet.finish()
}
