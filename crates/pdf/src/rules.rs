//! Finds the ruling lines among what a page draws: thin filled boxes, and strokes along a page's edges.
//!
//! Called by the glyph collector for every path, used by [`tables`](crate::tables()). It keeps few numbers per line
//! and nothing of colour or dash: a line that parts the cells of a table does so in any colour.

use hayro::hayro_interpret::DrawMode;
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};

use crate::direction::narrow;
use crate::model::{Bounds, Rule};

/// A ruling line is at most this thick, in points; thicker boxes are bars of a chart or shaded cells.
const THICKNESS_MAX: f64 = 4.0;
/// A ruling line is at least this long, in points; shorter ones belong to letters, dashes and tick marks.
const LENGTH_MIN: f64 = 4.0;
/// A line leaves its direction by at most this, in points, from end to end.
const SLANT_MAX: f64 = 1.0;
/// Lines kept per page; the fullest forms draw some thousand, a drawing draws without end.
const RULES_MAX: usize = 5_000;
/// Elements of one path that are looked at: a table drawn as one path has some thousand, a map has millions.
const PATH_ELEMENTS_MAX: usize = 20_000;

/// Collects the ruling lines of one page.
#[derive(Debug)]
pub(crate) struct Ruling {
    page: Rect,
    rules: Vec<Rule>,
}

impl Ruling {
    pub(crate) fn new(page: Rect) -> Self {
        Self { page, rules: Vec::new() }
    }

    /// Takes what of a drawn path is a ruling line.
    pub(crate) fn collect(&mut self, path: &BezPath, transform: Affine, mode: &DrawMode) {
        if path.elements().len() > PATH_ELEMENTS_MAX {
            return;
        }
        match mode {
            DrawMode::Fill(_) => self.fill(path, transform),
            DrawMode::Stroke(stroke) => self.stroke(path, transform, f64::from(stroke.line_width)),
            DrawMode::FillAndStroke(_, stroke) => {
                self.fill(path, transform);
                self.stroke(path, transform, f64::from(stroke.line_width));
            }
            DrawMode::Invisible => {}
        }
    }

    /// The lines found, top to bottom, each once.
    pub(crate) fn finish(mut self) -> Vec<Rule> {
        let key = |rule: &Rule| [rule.bounds.y0, rule.bounds.x0, rule.bounds.y1, rule.bounds.x1];
        self.rules.sort_by(|left, right| {
            let pairs = key(left).into_iter().zip(key(right));
            pairs
                .map(|(left, right)| left.total_cmp(&right))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        self.rules.dedup();
        self.rules
    }

    /// Each subpath that fills a thin box; a path may hold a whole table's lines.
    fn fill(&mut self, path: &BezPath, transform: Affine) {
        let elements = path.elements();
        let mut start = 0;
        for end in 1..=elements.len() {
            let ends = elements.get(end).is_none_or(|element| matches!(element, PathEl::MoveTo(_)));
            if ends && let Some(part) = elements.get(start..end) {
                if part.iter().all(is_straight) {
                    self.push(transform.transform_rect_bbox(part.bounding_box()));
                }
                start = end;
            }
        }
    }

    /// Each straight segment; curves are none.
    fn stroke(&mut self, path: &BezPath, transform: Affine, line_width: f64) {
        let scale = transform.determinant().abs().sqrt();
        let half = (line_width * scale / 2.0).clamp(0.0, THICKNESS_MAX);
        let (mut first, mut last) = (Point::ZERO, Point::ZERO);
        for element in path.elements() {
            let (from, to) = (
                last,
                match *element {
                    PathEl::MoveTo(point) => {
                        (first, last) = (point, point);
                        continue;
                    }
                    PathEl::LineTo(point) => point,
                    PathEl::ClosePath => first,
                    PathEl::QuadTo(_, point) | PathEl::CurveTo(_, _, point) => {
                        last = point;
                        continue;
                    }
                },
            );
            last = to;
            let line = Rect::from_points(transform * from, transform * to);
            if line.width() <= SLANT_MAX && line.height() >= LENGTH_MIN {
                self.push(line.inflate(half, 0.0));
            } else if line.height() <= SLANT_MAX && line.width() >= LENGTH_MIN {
                self.push(line.inflate(0.0, half));
            }
        }
    }

    fn push(&mut self, line: Rect) {
        let (short, long) = (line.width().min(line.height()), line.width().max(line.height()));
        let is_on_page = line.x0 <= self.page.x1
            && line.x1 >= self.page.x0
            && line.y0 <= self.page.y1
            && line.y1 >= self.page.y0;
        // Broken matrices make NaN, which no comparison lets through.
        if self.rules.len() < RULES_MAX
            && is_on_page
            && short <= THICKNESS_MAX
            && long >= LENGTH_MIN
            && long >= 2.0 * short
        {
            let line = line.intersect(self.page);
            let bounds =
                Bounds { x0: narrow(line.x0), y0: narrow(line.y0), x1: narrow(line.x1), y1: narrow(line.y1) };
            self.rules.push(Rule { bounds });
        }
    }
}

fn is_straight(element: &PathEl) -> bool {
    matches!(element, PathEl::MoveTo(_) | PathEl::LineTo(_) | PathEl::ClosePath)
}
