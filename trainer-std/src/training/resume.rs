//! Restores the state of a run.

use anyhow::{Result, bail, ensure};

use crate::output::terminal;
use crate::training::checkpoint_folder::{newest_good, remove_old};
use crate::training::recipe::Recipe;
use crate::training::run_folder::RunFolder;
use crate::training::state::TrainingState;

/// The state in the run's newest checkpoint, to go on with `recipe`; `None` if the run was killed before the first
/// checkpoint.
///
/// # Errors
/// If no checkpoint can be used, or the training in it cannot go on with `recipe`.
pub(crate) fn restore(folder: &RunFolder, recipe: &Recipe) -> Result<Option<TrainingState>> {
    let checkpoints = folder.checkpoints();
    let Some((path, mut state)) = newest_good(&checkpoints)? else {
        let folder = folder.path().display();
        terminal::progress(format_args!("{folder}: no checkpoint yet; starting from the beginning"));
        return Ok(None);
    };
    let (begun, epochs) = (state.progress.begun_epochs().unwrap_or(u32::MAX), recipe.epochs);
    ensure!(begun <= epochs, "--epochs {epochs}: the run has already reached epoch {begun}; use at least that");
    if !state.recipe.can_continue_as(recipe) {
        bail!("{} has another recipe than {}; restore one of them", path.display(), folder.config().display());
    }
    state.recipe = recipe.clone();
    remove_old(&checkpoints, &path)?;
    terminal::progress(format_args!("resuming from {}", path.display()));
    Ok(Some(state))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::training::checkpoint::tests::state;
    use crate::training::checkpoint_folder::{newest_first, save};

    #[test]
    fn a_run_does_not_end_before_the_epoch_that_it_has_reached() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(Some(&place.path().join("run"))).unwrap();
        save(&folder.checkpoints(), &state(5, 1)).unwrap();
        let restored = |epochs| restore(&folder, &Recipe { epochs, ..state(0, 0).recipe });
        assert_eq!(restored(6).unwrap().unwrap().recipe.epochs, 6);
        let message = restored(5).err().unwrap().to_string();
        assert!(message.starts_with("--epochs 5: the run has already reached epoch 6"), "{message}");
    }

    /// Checkpoints of the epochs 1 to `last`, all of them, as a process leaves them that is killed between two steps.
    fn saved(folder: &Path, last: u32) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for epoch in 1..=last {
            let place = tempfile::tempdir().unwrap();
            let path = save(place.path(), &state(epoch, 0)).unwrap();
            let kept = folder.join(path.file_name().unwrap());
            std::fs::copy(path, &kept).unwrap();
            paths.push(kept);
        }
        paths
    }

    #[test]
    fn checkpoints_that_a_killed_run_was_about_to_remove_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(Some(&place.path().join("run"))).unwrap();
        let mut paths = saved(&folder.checkpoints(), 5);
        restore(&folder, &state(0, 0).recipe).unwrap();
        paths.reverse();
        assert_eq!(newest_first(&folder.checkpoints()).unwrap(), paths[..3]);
    }

    #[test]
    fn a_damaged_checkpoint_takes_the_place_of_no_good_one() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(Some(&place.path().join("run"))).unwrap();
        let paths = saved(&folder.checkpoints(), 4);
        std::fs::write(&paths[3], b"damaged").unwrap();
        restore(&folder, &state(0, 0).recipe).unwrap();
        assert_eq!(newest_first(&folder.checkpoints()).unwrap().len(), 4);
    }

    #[test]
    fn a_checkpoint_of_another_recipe_is_rejected() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(Some(&place.path().join("run"))).unwrap();
        let recipe = state(0, 0).recipe;
        assert!(restore(&folder, &recipe).unwrap().is_none());
        save(&folder.checkpoints(), &state(5, 0)).unwrap();
        assert!(restore(&folder, &recipe).is_ok());
        let message = restore(&folder, &Recipe { seed: 1, ..recipe }).err().unwrap().to_string();
        assert!(message.contains("has another recipe than"), "{message}");
    }
}
