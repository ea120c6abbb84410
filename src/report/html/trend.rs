//! The findings of earlier runs, as a bar chart.

use serde::Serialize;

use super::view::shown;
use crate::counted::counted;
use crate::drift::model::TrendPoint;

/// How many past runs the trend shows.
const RUNS: usize = 30;
/// The height of the chart, in units of its view box.
const CHART_HEIGHT: u32 = 100;

/// The recorded runs, as bars.
#[derive(Serialize)]
pub(super) struct Trend {
    bars: Vec<Bar>,
    width: usize,
    description: String,
}

#[derive(Serialize)]
struct Bar {
    x: usize,
    label: String,
    pieces: Vec<BarPiece>,
}

#[derive(Serialize)]
struct BarPiece {
    verdict: &'static str,
    y: u32,
    height: u32,
}

impl Trend {
    /// One bar for each run, divided in proportion to the verdicts.
    pub(super) fn of(points: &[TrendPoint]) -> Option<Self> {
        let recent = &points[points.len().saturating_sub(RUNS)..];
        let (first, last) = (recent.first()?, recent.last()?);
        let when = |point: &TrendPoint| point.when(recent);
        let bars = recent.iter().enumerate().map(|(index, point)| {
            let x = index * 20;
            Bar::of(x, point, &when(point))
        });
        Some(Self {
            bars: bars.collect(),
            width: recent.len() * 20,
            description: shown(&format!(
                "{}; {}",
                told(first, &when(first)),
                told(last, &when(last))
            )),
        })
    }
}

/// One run in words, including the unchecked repositories, since those have no findings to count.
fn told(point: &TrendPoint, when: &str) -> String {
    let unchecked = match point.unchecked {
        0 => String::new(),
        some => format!(", {some} unchecked"),
    };
    let (conformant, findings) = (point.conformant, counted(point.findings as usize, "finding"));
    let covered = covered(point);
    format!("{conformant} conformant{unchecked} and {findings}{covered} on {when}")
}

/// The findings that do not count, in brackets.
fn covered(point: &TrendPoint) -> String {
    let covered = point.covered();
    if covered.is_empty() { String::new() } else { format!(" ({})", covered.join(", ")) }
}

impl Bar {
    fn of(x: usize, point: &TrendPoint, when: &str) -> Self {
        let verdicts = [
            ("conformant", point.conformant),
            ("drifted", point.drifted),
            ("unchecked", point.unchecked),
            ("broken", point.broken),
        ];
        let all: u32 = verdicts.iter().map(|(_, number)| number).sum();
        let mut floor = CHART_HEIGHT;
        let pieces =
            verdicts.into_iter().filter(|(_, number)| *number > 0).map(|(verdict, number)| {
                let height = (number * CHART_HEIGHT).div_ceil(all.max(1)).min(floor);
                floor -= height;
                BarPiece { verdict, y: floor, height }
            });
        let pieces = pieces.collect();
        let label = shown(&format!(
            "{when}: {} conformant, {} drifted, {} unchecked, {} broken, {}{}",
            point.conformant,
            point.drifted,
            point.unchecked,
            point.broken,
            counted(point.findings as usize, "finding"),
            covered(point),
        ));
        Self { x, label, pieces }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_parts_of_a_bar_fill_it() {
        let trend = Trend::of(&sample::fleet().trend).expect("seven runs");
        assert_eq!((trend.bars.len(), trend.width), (7, 140));
        for bar in &trend.bars {
            let filled: u32 = bar.pieces.iter().map(|piece| piece.height).sum();
            assert!((CHART_HEIGHT - 4..=CHART_HEIGHT).contains(&filled), "{filled}");
        }
        assert!(Trend::of(&[]).is_none());
    }
}
