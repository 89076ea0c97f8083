//! Restores the state of a run.

use anyhow::{Result, bail, ensure};

use crate::output::terminal;
use crate::training::checkpoint_folder::newest_good;
use crate::training::recipe::Recipe;
use crate::training::run_folder::RunFolder;
use crate::training::state::TrainingState;

/// The state in the run's newest checkpoint, to go on with `recipe`; `None` if the run was killed before the first
/// checkpoint.
///
/// # Errors
/// If no checkpoint can be used, or the training in it cannot go on with `recipe`.
pub(crate) fn restore(folder: &RunFolder, recipe: &Recipe) -> Result<Option<TrainingState>> {
    let Some((path, mut state)) = newest_good(&folder.checkpoints())? else {
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
    terminal::progress(format_args!("resuming from {}", path.display()));
    Ok(Some(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::checkpoint::tests::state;
    use crate::training::checkpoint_folder::save;

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
