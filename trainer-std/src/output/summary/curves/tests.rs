use super::super::history::tests::{example, history};
use super::*;

fn drawn(panels: &[Panel], table: &str, floor: Option<&str>) -> String {
    let floor = floor.map(history);
    svg(panels, &history(table), floor.as_ref()).unwrap().expect("there is something to draw")
}

/// The points of the thick lines: those of the curves, and the short ones beside their names.
fn polylines(svg: &str) -> Vec<&str> {
    let thick = svg.lines().filter(|line| line.starts_with("<polyline") && line.contains("stroke-width=\"2\""));
    thick.map(|line| line.split("points=\"").nth(1).unwrap().split('"').next().unwrap().trim()).collect()
}

#[test]
fn every_curve_is_a_column_of_the_metrics() {
    let columns: Vec<&str> = crate::training::metrics::HEADER.split(',').collect();
    for curve in LOSSES.iter().chain(QUALITY).flat_map(|panel| panel.curves) {
        assert!(columns.contains(&curve.column), "{}", curve.column);
    }
}

#[test]
fn a_chart_names_its_curves_and_axes_and_has_a_point_an_epoch() {
    let text = svg(LOSSES, &example(), None).unwrap().unwrap();
    for telling in ["<svg", "</svg>", "discriminator", "generator", "nats", "epoch", " %", "real images"] {
        assert!(text.contains(telling), "no {telling} in {text}");
    }
    let points: Vec<usize> = polylines(&text).iter().map(|points| points.split(' ').count()).collect();
    assert!(points.iter().all(|&points| points == 2), "two epochs, two points: {points:?}");
    assert!(!text.contains("as many real images"));
    let longer = drawn(LOSSES, "epoch,d_loss\n1,1\n2,2\n3,1\n4,1\n5,1\n", None);
    assert!(polylines(&longer).iter().any(|points| points.split(' ').count() == 5));
}

#[test]
fn what_real_images_reach_is_a_dashed_line_if_it_is_known() {
    let table = "epoch,recall\n1,0.5\n2,0.25\n";
    let without = drawn(QUALITY, table, None);
    let with = drawn(QUALITY, table, Some("recall,precision\n0.875,0.75\n"));
    assert!(!without.contains("as many real images") && with.contains("as many real images"));
    assert!(with.matches("<polyline").count() > without.matches("<polyline").count() + 20);
    assert_eq!(drawn(QUALITY, table, Some("damaged")), without);
}

#[test]
fn columns_without_numbers_make_no_chart() {
    assert!(svg(QUALITY, &history("epoch,d_loss\n1,1.0\n"), None).unwrap().is_none());
    assert!(svg(LOSSES, &history(""), None).unwrap().is_none());
}

#[test]
fn numbers_of_any_size_are_drawn_inside_the_chart() {
    for values in ["0\n2,0", "1e300\n2,1.7e308", "-1\n2,5", "1e-300\n2,1e-310", "7"] {
        for (panels, column) in [(LOSSES, "d_loss"), (QUALITY, "frechet_distance"), (QUALITY, "recall")] {
            let text = drawn(panels, &format!("epoch,{column}\n1,{values}\n"), None);
            let numbers = polylines(&text).join(" ").replace(',', " ");
            let inside = |number: &str| (0..=WIDTH as i32 * 2).contains(&number.parse::<i32>().unwrap());
            assert!(numbers.split(' ').filter(|number| !number.is_empty()).all(inside), "{values}: {numbers}");
        }
    }
}

#[test]
fn the_axis_of_ratios_reaches_around_its_values() {
    assert_eq!(ratio_ticks(1.6, 421.0), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]);
    assert_eq!(ratio_ticks(5.0, 5.0), [5.0, 10.0]);
    for (bottom, top) in [(f64::INFINITY, 0.0), (1e-300, 1e300), (1e300, 1e300), (f64::NAN, f64::NAN)] {
        let ticks = ratio_ticks(bottom, top);
        assert!(ticks.len() > 1 && ticks.is_sorted() && ticks[0] > 0.0, "{bottom} to {top}: {ticks:?}");
    }
}

#[test]
fn numbers_at_an_axis_are_short() {
    let labels = [0.30000000000000004, 2.0, 0.0, 1e30, 2e-5].map(|value| Axis::Plain.label(value));
    assert_eq!(labels, ["0.3", "2", "0", "1e30", "2e-5"]);
    assert_eq!((Axis::Share.label(0.2), Axis::SmallShare.label(0.065)), ("20 %".into(), "6.5 %".into()));
}
