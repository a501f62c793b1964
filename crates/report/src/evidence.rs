//! What a finding is about, to be seen: the part of the page around its places, each framed.
//!
//! A page's picture is in the file once, at its end, however many findings show it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docmill_contract::analysis::Place;
use maud::{Markup, html};

use crate::numbers::{self, length};
use crate::pictures::{Pictures, media_type};
use crate::shown::shown;

/// Pages shown below one finding.
const PAGES_MAX: usize = 4;
/// Points of the page that are shown above and below the places.
const AROUND: f64 = 110.0;
/// What the frame leaves free around a place, in points.
const FRAME_GAP: f64 = 2.5;

/// The places of a finding that are on one page.
struct Shown<'a> {
    name: &'a str,
    page: u32,
    number: usize,
    width: f64,
    height: f64,
    boxes: Vec<[f64; 4]>,
}

/// The pages below a finding, folded.
pub(crate) fn of(places: &[&Place], pictures: &Pictures) -> Markup {
    let pages = pages(places, pictures);
    html! {
        @if !pages.is_empty() {
            details.evidence {
                summary { "Show the " @if pages.len() == 1 { "page" } @else { "pages" } }
                @for page in pages.iter().take(PAGES_MAX) { (view(page)) }
                @if pages.len() > PAGES_MAX {
                    p.empty { (of_count(pages.len() - PAGES_MAX, "more page is", "more pages are")) " not shown." }
                }
            }
        }
    }
}

fn of_count(number: usize, one: &str, several: &str) -> String {
    numbers::of(u64::try_from(number).unwrap_or(u64::MAX), one, several)
}

fn pages<'a>(places: &[&'a Place], pictures: &Pictures) -> Vec<Shown<'a>> {
    let mut pages: Vec<Shown<'a>> = Vec::new();
    for place in places {
        let (Some(page), Some(bounds)) = (place.page, place.bounds) else { continue };
        let Some((number, picture)) = pictures.find(&place.document, page) else { continue };
        let [x0, y0, x1, y1] = bounds.map(f64::from);
        if ![x0, y0, x1, y1].into_iter().all(f64::is_finite) {
            continue;
        }
        let bounds = [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)];
        match pages.iter_mut().find(|shown| shown.number == number) {
            Some(shown) => shown.boxes.push(bounds),
            None => pages.push(Shown {
                name: &place.name,
                page,
                number,
                width: picture.width_points.into(),
                height: picture.height_points.into(),
                boxes: vec![bounds],
            }),
        }
    }
    pages
}

fn view(shown_page: &Shown<'_>) -> Markup {
    let Shown { name, page, number, width, height, boxes } = shown_page;
    let highest = boxes.iter().map(|[_, y0, ..]| *y0).fold(f64::INFINITY, f64::min);
    let lowest = boxes.iter().map(|[.., y1]| *y1).fold(0.0, f64::max);
    // At the page's edges the part that is shown stays as high as elsewhere, as far as there is a page.
    let top = (highest - AROUND).clamp(0.0, (height - 2.0 * AROUND).max(0.0));
    let bottom = (lowest + AROUND).clamp((top + 2.0 * AROUND).min(*height), *height);
    let said =
        format!("Page {page} of {}, with {} marked", shown(name), of_count(boxes.len(), "place", "places"));
    html! {
        figure {
            figcaption { bdi { (shown(name)) } ", page " (page) }
            svg.page-view role="img" viewBox=(format!("0 {} {} {}", length(top), length(*width), length(bottom - top))) {
                title { (said) }
                use href=(format!("#page-{number}")) {}
                @for [x0, y0, x1, y1] in boxes {
                    rect.place x=(length(x0 - FRAME_GAP)) y=(length(y0 - FRAME_GAP))
                        width=(length(x1 - x0 + 2.0 * FRAME_GAP)) height=(length(y1 - y0 + 2.0 * FRAME_GAP)) {}
                }
            }
        }
    }
}

/// All pictures, once.
pub(crate) fn held(pictures: &Pictures) -> Markup {
    html! {
        @if !pictures.is_empty() {
            svg.held aria-hidden="true" width="0" height="0" {
                defs {
                    @for (number, picture) in pictures.all().enumerate() {
                        @if let Some(media_type) = media_type(&picture.bytes) {
                            image id=(format!("page-{number}")) width=(length(picture.width_points.into()))
                                height=(length(picture.height_points.into())) preserveAspectRatio="none"
                                href=(format!("data:{media_type};base64,{}", STANDARD.encode(&picture.bytes))) {}
                        }
                    }
                }
            }
        }
    }
}
