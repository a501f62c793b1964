//! What the ruling lines of a page say about its tables: which boxes they frame, and what they part.
//!
//! Called by [`tables`](crate::tables()) once per page.

use crate::model::{Bounds, Page};

/// Lines closer than this, in points, touch.
const TOUCH: f32 = 2.5;
/// Lines looked at per page when frames are sought: every pair is compared.
const FRAME_RULES_MAX: usize = 2_000;
/// A frame is smaller than this share of its page, or it is the page's border.
const FRAME_SHARE_MAX: f32 = 0.92;
/// A line parts rows or columns if it runs along this share of them.
const SHARE_MIN: f32 = 0.5;

/// A page's ruling lines by direction.
#[derive(Debug)]
pub(super) struct Ruling {
    across: Vec<Bounds>,
    down: Vec<Bounds>,
}

impl Ruling {
    pub(super) fn of(page: &Page) -> Self {
        let all = page.rules.iter().map(|rule| rule.bounds);
        let (across, down) = all.partition(|line| line.x1 - line.x0 >= line.y1 - line.y0);
        Self { across, down }
    }

    /// The boxes framed by touching lines, at least two each way; frames come from top to bottom.
    pub(super) fn frames(&self, page: &Page) -> Vec<Bounds> {
        let lines: Vec<(Bounds, bool)> = self
            .across
            .iter()
            .map(|line| (*line, true))
            .chain(self.down.iter().map(|line| (*line, false)))
            .take(FRAME_RULES_MAX)
            .collect();
        let mut frames = Vec::new();
        let mut left: Vec<usize> = (0..lines.len()).collect();
        while let Some(first) = left.pop() {
            let mut group = vec![first];
            let mut next = 0;
            while let Some((line, _)) = group.get(next).and_then(|&index| lines.get(index)) {
                let touching =
                    |index: &usize| lines.get(*index).is_some_and(|(other, _)| touch(*line, *other));
                group.extend(left.extract_if(.., |index| touching(index)));
                next += 1;
            }
            let members: Vec<(Bounds, bool)> =
                group.iter().filter_map(|&index| lines.get(index)).copied().collect();
            frames.extend(frame(&members, page));
        }
        frames.sort_by(|left, right| left.y0.total_cmp(&right.y0).then(left.x0.total_cmp(&right.x0)));
        frames
    }

    /// Where lines run down between columns inside a box: ascending places across the page.
    pub(super) fn columns(&self, area: Bounds) -> Vec<f32> {
        let inside = self.down.iter().filter(|line| {
            let x = f32::midpoint(line.x0, line.x1);
            x > area.x0 + TOUCH && x < area.x1 - TOUCH && line.y1 > area.y0 && line.y0 < area.y1
        });
        let mut places: Vec<(f32, f32)> = inside
            .map(|line| (f32::midpoint(line.x0, line.x1), line.y1.min(area.y1) - line.y0.max(area.y0)))
            .collect();
        places.sort_by(|left, right| left.0.total_cmp(&right.0));
        let enough = SHARE_MIN * (area.y1 - area.y0);
        places
            .chunk_by(|left, right| right.0 - left.0 < TOUCH)
            .filter(|group| group.iter().map(|(_, length)| length).sum::<f32>() >= enough)
            .filter_map(|group| group.get(group.len() / 2).map(|(x, _)| *x))
            .collect()
    }

    /// Where lines run across between rows inside a box: ascending places down the page.
    pub(super) fn rows(&self, area: Bounds) -> Vec<f32> {
        let inside = self.across.iter().filter(|line| {
            let y = f32::midpoint(line.y0, line.y1);
            y > area.y0 - TOUCH && y < area.y1 + TOUCH && line.x1 > area.x0 && line.x0 < area.x1
        });
        let mut places: Vec<(f32, f32)> = inside
            .map(|line| (f32::midpoint(line.y0, line.y1), line.x1.min(area.x1) - line.x0.max(area.x0)))
            .collect();
        places.sort_by(|left, right| left.0.total_cmp(&right.0));
        let enough = SHARE_MIN * (area.x1 - area.x0);
        places
            .chunk_by(|left, right| right.0 - left.0 < TOUCH)
            .filter(|group| group.iter().map(|(_, length)| length).sum::<f32>() >= enough)
            .filter_map(|group| group.get(group.len() / 2).map(|(y, _)| *y))
            .collect()
    }
}

/// The box around a group of touching lines, if they frame one.
fn frame(lines: &[(Bounds, bool)], page: &Page) -> Option<Bounds> {
    let across = lines.iter().filter(|(_, is_across)| *is_across).count();
    let bounds = lines.iter().map(|(line, _)| *line).reduce(Bounds::union)?;
    let share = (bounds.x1 - bounds.x0) * (bounds.y1 - bounds.y0) / (page.width * page.height).max(1.0);
    (across >= 2 && lines.len() - across >= 2 && share < FRAME_SHARE_MAX).then_some(bounds)
}

fn touch(left: Bounds, right: Bounds) -> bool {
    left.x0 <= right.x1 + TOUCH
        && right.x0 <= left.x1 + TOUCH
        && left.y0 <= right.y1 + TOUCH
        && right.y0 <= left.y1 + TOUCH
}
