//! Time to quality: how long a recipe trains until its pictures are as good as those of the plain recipe at its end.

use std::fmt::{Display, Formatter};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use pocketgan_core::nn::kernel::Isa;
use serde::Serialize;

use crate::data::Dataset;
use crate::evaluation::evaluator::{COUNT, Evaluator};
use crate::export::draw::draw_in_chunks;
use crate::export::float;
use crate::output::terminal;
use crate::training::recipe::Recipe;
use crate::training::session::Session;
use crate::training::state::TrainingState;
use crate::training::threads::{self, Threads};

/// The Fréchet distance of the plain recipe after 300 epochs of MNIST with seed 0, from the table in docs/quality.md.
///
/// It belongs to the evaluator: when that changes, `pocketgan train --eval-every 300` gives the new one.
pub(crate) const PLAIN_DISTANCE: f64 = 9.27;

/// The recipes that are compared, with the epochs between their evaluations: few where every epoch counts, many where
/// there are hundreds to go and an evaluation takes as long as an epoch.
fn recipes() -> [(&'static str, Recipe, u32); 2] {
    [("plain", Recipe::PLAIN, 10), ("best", Recipe::best(), 1)]
}

/// What is to be reached, and by what means.
pub(crate) struct Goal {
    isa: Isa,
    threads: usize,
    /// The last epoch of each recipe, if it is not to be the recipe's own.
    epochs: Option<u32>,
    target: f64,
}

impl Goal {
    /// # Errors
    /// If a value is out of range; the message names the option.
    pub(crate) fn new(isa: Isa, threads: &[usize], epochs: Option<usize>, target: f64) -> Result<Self> {
        ensure!(target.is_finite() && target > 0.0, "--target {target}: must be a positive number");
        let threads = match *threads {
            [] => threads::count(None)?,
            [count] => threads::count(Some(count))?,
            _ => bail!("--threads: give one number with --to-quality"),
        };
        let epochs = epochs.map(|epochs| u32::try_from(epochs).with_context(|| format!("--epochs {epochs}: too many")));
        Ok(Self { isa, threads, epochs: epochs.transpose()?, target })
    }

    fn recipe(&self, recipe: Recipe) -> Result<Recipe> {
        let recipe = Recipe { epochs: self.epochs.unwrap_or(recipe.epochs), ..recipe };
        recipe.validate()?;
        Ok(recipe)
    }
}

/// Trains each recipe on `dataset` until the goal is reached.
///
/// # Errors
/// If there are no test images, or a training diverges.
pub(crate) fn measure(goal: &Goal, dataset: &Dataset) -> Result<Report> {
    let recipes = recipes().map(|(name, recipe, every)| Ok((name, goal.recipe(recipe)?, every)));
    let recipes = recipes.into_iter().collect::<Result<Vec<_>>>()?;
    let reference = dataset.reference().context("--to-quality needs test images")?;
    let threads = Threads::start(goal.threads)?;
    let evaluator = Evaluator::new(dataset, &reference, &threads)?;
    let courses = recipes.into_iter().map(|(name, recipe, every)| {
        let session = Session::start(recipe, &dataset.images, &threads, goal.isa);
        threads.enter(|| Race { name, session, every, target: goal.target, evaluator: &evaluator }.run())
    });
    Ok(Report {
        program: env!("CARGO_PKG_VERSION"),
        isa: goal.isa.name(),
        threads: goal.threads,
        images: dataset.images.count(),
        target: goal.target,
        recipes: courses.collect::<Result<_>>()?,
    })
}

/// A training towards the target.
struct Race<'a> {
    name: &'static str,
    session: Session<'a>,
    /// Epochs between evaluations.
    every: u32,
    target: f64,
    evaluator: &'a Evaluator<'a>,
}

impl Race<'_> {
    /// Trains until an evaluation finds the target reached, or to the last epoch.
    fn run(mut self) -> Result<Course> {
        let began = Instant::now();
        let mut training = Duration::ZERO;
        loop {
            training += self.epoch()?;
            let (epoch, epochs) = (self.session.state.progress.epoch, self.session.state.recipe.epochs);
            if !epoch.is_multiple_of(self.every) && epoch < epochs {
                continue;
            }
            let distance = distance(self.evaluator, &self.session.state);
            terminal::remark(format_args!("{}, epoch {epoch}: Fréchet distance {distance:.2}", self.name));
            if distance <= self.target || epoch >= epochs {
                let whole = began.elapsed();
                return Ok(self.course(distance, training, whole));
            }
        }
    }

    /// Trains for an epoch; gives its time.
    ///
    /// # Errors
    /// If a loss is no number.
    fn epoch(&mut self) -> Result<Duration> {
        let began = Instant::now();
        while !self.session.epoch_is_over() {
            let report = self.session.batch();
            ensure!(
                report.d_loss.is_finite() && report.g_loss.is_finite(),
                "the {} recipe diverged: the losses became {} and {}",
                self.name,
                report.d_loss,
                report.g_loss
            );
        }
        self.session.end_epoch();
        Ok(began.elapsed())
    }

    fn course(&self, distance: f64, training: Duration, whole: Duration) -> Course {
        Course {
            recipe: self.name,
            reached: distance <= self.target,
            epochs: self.session.state.progress.epoch,
            evaluated_every: self.every,
            frechet_distance: distance,
            training_seconds: training.as_secs_f64(),
            whole_seconds: whole.as_secs_f64(),
        }
    }
}

/// The Fréchet distance of the pictures that a training draws, as in `metrics.csv`.
fn distance(evaluator: &Evaluator<'_>, state: &TrainingState) -> f64 {
    let pictures = draw_in_chunks(0..COUNT, |seeds| float::pictures(state.generator(), seeds));
    evaluator.evaluate(&pictures).frechet_distance
}

/// How long each recipe took.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Version of the program.
    program: &'static str,
    isa: &'static str,
    threads: usize,
    images: usize,
    /// The Fréchet distance to reach.
    target: f64,
    recipes: Vec<Course>,
}

/// The training of a recipe.
#[derive(Debug, Serialize)]
struct Course {
    recipe: &'static str,
    reached: bool,
    /// Epochs trained: until the target was reached, or all.
    epochs: u32,
    /// Epochs between evaluations.
    evaluated_every: u32,
    /// After these epochs.
    frechet_distance: f64,
    training_seconds: f64,
    /// With the evaluations.
    whole_seconds: f64,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { isa, threads, images, target, .. } = self;
        writeln!(f, "{images} images; {isa}, threads: {threads}; until the Fréchet distance is at most {target}")?;
        writeln!(f)?;
        row(f, ["recipe", "reached", "epochs", "distance", "training, s", "with evaluations, s"])?;
        self.recipes.iter().try_for_each(|course| course.fmt(f))?;
        writeln!(f)?;
        for course in &self.recipes {
            writeln!(f, "{} was evaluated {}.", course.recipe, times(course.evaluated_every))?;
        }
        self.compare(f)
    }
}

impl Report {
    /// What the last recipe needs of the first one's time, if both reached the target.
    fn compare(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let [first, .., last] = self.recipes.as_slice() else { return Ok(()) };
        if !(first.reached && last.reached) {
            return Ok(());
        }
        let percent = |part: f64, whole: f64| 100.0 * part / whole;
        let epochs = percent(last.epochs.into(), first.epochs.into());
        let seconds = percent(last.training_seconds, first.training_seconds);
        writeln!(
            f,
            "{} needs {epochs:.1} % of the epochs of {} and {seconds:.1} % of its training time.",
            last.recipe, first.recipe
        )
    }
}

impl Course {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let reached = if self.reached { "yes" } else { "never" };
        let [epochs, distance] = [self.epochs.to_string(), format!("{:.2}", self.frechet_distance)];
        let [training, whole] = [self.training_seconds, self.whole_seconds].map(|seconds| format!("{seconds:.1}"));
        row(f, [self.recipe, reached, &epochs, &distance, &training, &whole])
    }
}

fn row(f: &mut Formatter<'_>, [name, cells @ ..]: [&str; 6]) -> std::fmt::Result {
    let [reached, epochs, distance, training, whole] = cells;
    writeln!(f, "{name:<8}{reached:>9}{epochs:>9}{distance:>11}{training:>14}{whole:>22}")
}

fn times(every: u32) -> String {
    if every == 1 { "after every epoch".to_owned() } else { format!("after every {every} epochs and the last") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(threads: &[usize], epochs: Option<usize>, target: f64) -> Result<Goal> {
        Goal::new(Isa::PORTABLE, threads, epochs, target)
    }

    #[test]
    fn values_out_of_range_are_rejected_with_the_name_of_their_option() {
        for (goal, words) in [
            (goal(&[], None, 0.0), "--target 0: must be"),
            (goal(&[], None, f64::NAN), "--target NaN: must be"),
            (goal(&[0], None, 1.0), "--threads 0"),
            (goal(&[1, 2], None, 1.0), "--threads: give one number"),
        ] {
            let message = goal.err().unwrap().to_string();
            assert!(message.starts_with(words), "{message}");
        }
        let message = goal(&[], Some(0), 1.0).unwrap().recipe(Recipe::best()).unwrap_err().to_string();
        assert!(message.starts_with("--epochs 0"), "{message}");
    }

    #[test]
    fn recipes_end_at_their_own_last_epoch_unless_another_is_given() {
        assert_eq!(goal(&[], None, 1.0).unwrap().recipe(Recipe::best()).unwrap(), Recipe::best());
        assert_eq!(goal(&[], Some(7), 1.0).unwrap().recipe(Recipe::PLAIN).unwrap().epochs, 7);
    }

    /// The text of a report on two recipes, of which the second has reached the target or not.
    fn text(reached: bool) -> String {
        let course = |recipe, epochs, evaluated_every, reached| Course {
            recipe,
            reached,
            epochs,
            evaluated_every,
            frechet_distance: 15.5,
            training_seconds: f64::from(epochs),
            whole_seconds: 400.25,
        };
        let recipes = vec![course("plain", 250, 10, true), course("best", 20, 1, reached)];
        Report { program: "0", isa: "avx2", threads: 2, images: 60_000, target: 15.9, recipes }.to_string()
    }

    #[test]
    fn the_table_has_epochs_and_seconds_and_what_the_best_recipe_needs_of_them() {
        let expected = "\
60000 images; avx2, threads: 2; until the Fréchet distance is at most 15.9

recipe    reached   epochs   distance   training, s   with evaluations, s
plain         yes      250      15.50         250.0                 400.2
best          yes       20      15.50          20.0                 400.2

plain was evaluated after every 10 epochs and the last.
best was evaluated after every epoch.
best needs 8.0 % of the epochs of plain and 8.0 % of its training time.
";
        assert_eq!(text(true), expected);
    }

    #[test]
    fn a_target_that_is_never_reached_is_compared_with_nothing() {
        let text = text(false);
        assert!(text.contains("best        never       20") && !text.contains("needs"), "{text}");
    }
}
