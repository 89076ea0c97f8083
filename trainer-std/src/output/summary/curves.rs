//! The curves of a run as SVG images, which need nothing but a browser.

use anyhow::{Result, anyhow};
use plotters::backend::SVGBackend;
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::coord::combinators::{BindKeyPoints, IntoLogRange};
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Text};
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle, WHITE};

use super::history::History;

/// Colours that stay apart for people who see few of them (Okabe and Ito, "Color Universal Design", 2008).
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILLION: RGBColor = RGBColor(213, 94, 0);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const INK: RGBColor = RGBColor(51, 51, 51);
const GRID: RGBColor = RGBColor(228, 228, 228);

/// Pixels of a chart, of one of its panels, and of the line above a panel.
const WIDTH: u32 = 760;
const PANEL: u32 = 260;
const HEADING: u32 = 34;
/// Pixels left of a panel, for the numbers at its axis.
const MARGIN: u32 = 64;
/// Up to so many points are marked: more of them are a line.
const MARKED: usize = 40;

/// A column of the table, to be drawn.
struct Curve {
    column: &'static str,
    name: &'static str,
    colour: RGBColor,
}

/// Curves over the epochs that share an axis.
pub(super) struct Panel {
    title: &'static str,
    axis: Axis,
    curves: &'static [Curve],
}

/// What the numbers of a panel are.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    /// Any, from 0 on.
    Plain,
    /// Parts of one, from 0 to 1.
    Share,
    /// Parts of one that are small.
    SmallShare,
    /// Positive ones of which ratios count.
    Ratio,
}

/// What the networks did to each other.
pub(super) const LOSSES: &[Panel] = &[
    Panel {
        title: "Loss (cross-entropy, nats)",
        axis: Axis::Plain,
        curves: &[
            Curve { column: "d_loss", name: "discriminator", colour: BLUE },
            Curve { column: "g_loss", name: "generator", colour: VERMILLION },
        ],
    },
    Panel {
        title: "The discriminator's accuracy",
        axis: Axis::Share,
        curves: &[
            Curve { column: "real_accuracy", name: "real images", colour: BLUE },
            Curve { column: "fake_accuracy", name: "drawn ones", colour: VERMILLION },
        ],
    },
];

/// How good the pictures were.
pub(super) const QUALITY: &[Panel] = &[
    Panel {
        title: "Fréchet distance (logarithmic)",
        axis: Axis::Ratio,
        curves: &[Curve { column: "frechet_distance", name: "distance", colour: BLUE }],
    },
    Panel {
        title: "Precision and recall",
        axis: Axis::Share,
        curves: &[
            Curve { column: "precision", name: "precision", colour: BLUE },
            Curve { column: "recall", name: "recall", colour: VERMILLION },
        ],
    },
    Panel {
        title: "Share of the rarest digit",
        axis: Axis::SmallShare,
        curves: &[Curve { column: "rarest_share", name: "rarest digit", colour: GREEN }],
    },
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The numbers of a curve, and the one that real images reach, if it is known.
struct Line<'c> {
    curve: &'c Curve,
    points: Vec<(u32, f64)>,
    floor: Option<f64>,
}

/// The panels below each other, as SVG; none if no column of theirs holds a number. Dashed lines are what `floor`'s last
/// line says, if there is one.
pub(super) fn svg(panels: &[Panel], history: &History, floor: Option<&History>) -> Result<Option<String>> {
    let lines = |panel: &Panel| -> Vec<Line> { panel.curves.iter().map(|c| Line::of(c, history, floor)).collect() };
    let drawn: Vec<(&Panel, Vec<Line>)> = panels.iter().map(|panel| (panel, lines(panel))).collect();
    if drawn.iter().all(|(_, lines)| lines.iter().all(|line| line.points.is_empty())) {
        return Ok(None);
    }
    let mut text = String::new();
    {
        let whole = SVGBackend::with_string(&mut text, (WIDTH, PANEL * panels.len() as u32)).into_drawing_area();
        whole.fill(&WHITE).map_err(undrawable)?;
        for (area, (panel, lines)) in whole.split_evenly((panels.len(), 1)).iter().zip(&drawn) {
            panel.draw(area, lines)?;
        }
        whole.present().map_err(undrawable)?;
    }
    Ok(Some(text))
}

fn undrawable(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the curves cannot be drawn: {error}")
}

impl<'c> Line<'c> {
    fn of(curve: &'c Curve, history: &History, floor: Option<&History>) -> Self {
        let floor = floor.and_then(|floor| floor.last(curve.column));
        Self { curve, points: history.series(curve.column), floor }
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.points.iter().map(|&(_, value)| value).chain(self.floor)
    }
}

impl Panel {
    fn draw(&self, area: &Area, lines: &[Line]) -> Result<()> {
        let (heading, body) = area.split_vertically(HEADING);
        self.draw_heading(&heading, lines)?;
        let epochs = lines.iter().flat_map(|line| &line.points).map(|&(epoch, _)| epoch).max().unwrap_or(1);
        let values = || lines.iter().flat_map(Line::values);
        let top = values().fold(0.0, f64::max);
        match self.axis {
            Axis::Ratio => {
                let bottom = values().filter(|&value| value > 0.0).fold(f64::INFINITY, f64::min);
                let ticks = ratio_ticks(bottom, top);
                let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
                self.draw_body(&body, lines, epochs, (first..last).log_scale().with_key_points(ticks))
            }
            Axis::Share => self.draw_body(&body, lines, epochs, 0.0..1.02),
            Axis::Plain | Axis::SmallShare => self.draw_body(&body, lines, epochs, 0.0..roomy(top)),
        }
    }

    /// The title at the left, and at the right the names of the curves in their colours.
    fn draw_heading(&self, area: &Area, lines: &[Line]) -> Result<()> {
        let middle = HEADING as i32 / 2 + 2;
        let write = |text: &str, x: i32, style: TextStyle| {
            let style = style.pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(text.to_owned(), (x, middle), style)).map_err(undrawable)
        };
        write(self.title, MARGIN as i32, text(17.0, FontStyle::Bold))?;
        let mut x = WIDTH as i32 - 16;
        let floors = lines.iter().any(|line| line.floor.is_some()).then_some(("as many real images", INK, 2));
        let names = lines.iter().map(|line| (line.curve.name, line.curve.colour, 1));
        for (name, colour, dashes) in floors.into_iter().chain(names.rev()) {
            x -= 7 * name.len() as i32 + 8;
            write(name, x, text(15.0, FontStyle::Normal))?;
            for dash in 0..dashes {
                let from = x - 26 + dash * 13;
                let stroke =
                    PathElement::new(vec![(from, middle), (from + 20 - 12 * (dashes - 1), middle)], thick(colour));
                area.draw(&stroke).map_err(undrawable)?;
            }
            x -= 42;
        }
        Ok(())
    }

    fn draw_body<Y>(&self, area: &Area, lines: &[Line], epochs: u32, y: Y) -> Result<()>
    where
        Y: AsRangedCoord<Value = f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let mut builder = ChartBuilder::on(area);
        builder.margin_right(24).x_label_area_size(38).y_label_area_size(MARGIN);
        let mut chart = builder.build_cartesian_2d(0..epochs, y).map_err(undrawable)?;
        // What lies outside must not be drawn there; zero has no place at all on a logarithmic axis.
        let range = chart.y_range();
        let inside = move |value: f64| value.clamp(range.start, range.end);
        chart
            .configure_mesh()
            .light_line_style(WHITE.mix(0.0))
            .bold_line_style(GRID)
            .axis_style(INK.mix(0.5))
            .label_style(text(15.0, FontStyle::Normal))
            .axis_desc_style(text(15.0, FontStyle::Normal))
            .x_desc("epoch")
            .y_labels(6)
            .y_label_formatter(&|value| self.axis.label(*value))
            .draw()
            .map_err(undrawable)?;
        for line in lines {
            let colour = line.curve.colour;
            if let Some(floor) = line.floor {
                let ends = [0, epochs].map(|epoch| (epoch, inside(floor)));
                chart.draw_series(DashedLineSeries::new(ends, 8, 5, colour.stroke_width(1))).map_err(undrawable)?;
            }
            let marks = if line.points.len() <= MARKED { 3 } else { 0 };
            let series = LineSeries::new(
                line.points.iter().map(|&(epoch, value)| (epoch, inside(value))),
                thick(colour).filled(),
            )
            .point_size(marks);
            chart.draw_series(series).map_err(undrawable)?;
        }
        Ok(())
    }
}

impl Axis {
    /// A number at the axis.
    fn label(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.0} %", 100.0 * value),
            Self::SmallShare => format!("{} %", short(100.0 * value)),
            Self::Plain | Self::Ratio => short(value),
        }
    }
}

/// A number without the noise of its last digits.
fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1e5 => format!("{value:.0e}"),
        small if small > 0.0 && small < 1e-3 => format!("{value:.0e}"),
        _ => format!("{}", (value * 1000.0).round() / 1000.0),
    }
}

fn thick(colour: RGBColor) -> ShapeStyle {
    colour.stroke_width(2)
}

fn text(size: f64, style: FontStyle) -> TextStyle<'static> {
    FontDesc::new(FontFamily::SansSerif, size, style).color(&INK)
}

/// The end of an axis from 0 on for values up to `top`: some room above them, and never nothing.
fn roomy(top: f64) -> f64 {
    if top > 0.0 { (1.08 * top).min(f64::MAX) } else { 1.0 }
}

/// 1, 2, 5, 10, ... around the values from `bottom` to `top`, in their order of size; at least two of them.
fn ratio_ticks(bottom: f64, top: f64) -> Vec<f64> {
    let sensible = |value: f64, other: f64| if value.is_finite() && value > 0.0 { value } else { other };
    let top = sensible(top, 10.0).clamp(1e-6, 1e12);
    let bottom = sensible(bottom, 1.0).clamp(1e-6, top);
    let all = (-7..13).flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(decade))).collect::<Vec<_>>();
    let first = all.iter().rposition(|&tick| tick <= bottom).unwrap_or(0);
    let last = all.iter().position(|&tick| tick >= top).unwrap_or(all.len() - 1).max(first + 1);
    all[first..=last].to_vec()
}

#[cfg(test)]
mod tests;
